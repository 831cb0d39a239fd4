// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The host of engine tests.
#include "support/engine_host.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "burin/ext/image_reader.h"

namespace burin::test {
namespace {

thread_local std::string last_sentence;

struct Loaded {
  cv::Mat mat;
  std::array<std::int64_t, 3> shape;
};

void release(burin_tensor* tensor) { delete static_cast<Loaded*>(tensor->ctx); }

burin_status read(const burin_host*, const char* path, burin_tensor* out) {
  auto loaded = std::make_unique<Loaded>();
  loaded->mat = cv::imread(path, cv::IMREAD_UNCHANGED);
  if (loaded->mat.empty()) {
    last_sentence = std::string("The file '") + path + "' cannot be read.";
    return BURIN_E_NOT_FOUND;
  }
  if (loaded->mat.channels() == 3) cv::cvtColor(loaded->mat, loaded->mat, cv::COLOR_BGR2RGB);
  if (loaded->mat.channels() == 4) cv::cvtColor(loaded->mat, loaded->mat, cv::COLOR_BGRA2RGBA);
  loaded->shape = {loaded->mat.rows, loaded->mat.cols, loaded->mat.channels()};
  out->dl = {};
  out->dl.data = loaded->mat.data;
  out->dl.device = {kDLCPU, 0};
  out->dl.ndim = 3;
  const bool floating = loaded->mat.depth() == CV_32F;
  out->dl.dtype = {static_cast<std::uint8_t>(floating ? kDLFloat : kDLUInt),
                   static_cast<std::uint8_t>(8 * loaded->mat.elemSize1()), 1};
  out->dl.shape = loaded->shape.data();
  out->release = release;
  out->ctx = loaded.release();
  return BURIN_OK;
}

const burin_image_reader image_reader = {sizeof(burin_image_reader), read};

const void* get_interface(const burin_host*, const char* id) {
  return std::strcmp(id, BURIN_IMAGE_READER_ID) == 0 ? &image_reader : nullptr;
}

void set_error(const burin_host*, const char* sentence) { last_sentence = sentence; }
const char* last_error(const burin_host*) { return last_sentence.c_str(); }

}  // namespace

const burin_host* engine_host() {
  static const burin_host host = {sizeof(burin_host),
                                  {BURIN_ABI_MAJOR, BURIN_ABI_MINOR},
                                  "test",
                                  "0.0.0",
                                  nullptr,
                                  get_interface,
                                  set_error,
                                  last_error};
  return &host;
}

}  // namespace burin::test
