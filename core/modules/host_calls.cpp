// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Calls from the core to its host and to other modules.
#include "modules/host_calls.hpp"

#include "burin/ext/log.h"
#include "modules/abi_image.hpp"
#include "runtime/error.hpp"

namespace burin::core {
namespace {

std::int32_t run_cancelled(void* ctx) {
  const Run& run = *static_cast<const Run*>(ctx);
  return run.cancelled && run.cancelled() ? 1 : 0;
}

void run_progress(void* ctx, const burin_progress* progress) {
  const Run& run = *static_cast<const Run*>(ctx);
  if (run.progress)
    run.progress({progress->fraction, progress->seconds_left,
                  progress->stage ? progress->stage : "", progress->text ? progress->text : ""});
}

}  // namespace

const void* find_host_interface(const burin_host* host, const char* id, const char* purpose) {
  const void* found = host->get_interface ? host->get_interface(host, id) : nullptr;
  if (found == nullptr)
    throw Error(BURIN_E_UNSUPPORTED,
                std::string("This host offers no ") + id + ", which " + purpose + ".");
  return found;
}

void HostCall::check(burin_status status, const std::string& otherwise) const {
  if (status != BURIN_OK) raise(status, otherwise);
}

void HostCall::raise(burin_status status, const std::string& otherwise) const {
  throw Error(status, sentence(otherwise));
}

std::string HostCall::sentence(const std::string& otherwise) const {
  const char* left =
      BURIN_HAS(host_, last_error) && host_->last_error ? host_->last_error(host_) : nullptr;
  return left != nullptr && *left != '\0' ? left : otherwise;
}

burin_run to_abi(const Run& run) {
  burin_run abi{};
  abi.struct_size = sizeof abi;
  abi.ctx = const_cast<Run*>(&run);
  abi.cancelled = run_cancelled;
  abi.progress = run_progress;
  return abi;
}

Run from_abi(const burin_run* abi, const burin_host* host) {
  Run run;
  if (abi != nullptr && abi->cancelled)
    run.cancelled = [abi] { return abi->cancelled(abi->ctx) != 0; };
  if (abi != nullptr && abi->progress)
    run.progress = [abi](const Progress& progress) {
      const std::string stage(progress.stage);
      burin_progress out{};
      out.struct_size = sizeof out;
      out.fraction = progress.fraction;
      out.seconds_left = progress.seconds_left;
      out.stage = stage.c_str();
      out.text = progress.text.c_str();
      abi->progress(abi->ctx, &out);
    };
  if (abi != nullptr && BURIN_HAS(abi, layer_done) && abi->layer_done)
    run.layer_done = [abi](const burin_layer& layer) { abi->layer_done(abi->ctx, &layer); };
  if (abi != nullptr && BURIN_HAS(abi, preview) && abi->preview)
    run.preview = [abi](const Preview& preview) {
      cv::Mat bytes;
      preview.picture.convertTo(bytes, CV_8U, 255);
      const MatTensor pixels(bytes);
      const cv::Rect place(cv::Point(cvRound(preview.place.x), cvRound(preview.place.y)),
                           cv::Point(cvRound(preview.place.br().x), cvRound(preview.place.br().y)));
      burin_preview out{};
      out.struct_size = sizeof out;
      out.id = preview.id;
      out.x = place.x;
      out.y = place.y;
      out.width = place.width;
      out.height = place.height;
      out.pixels = pixels.tensor();
      abi->preview(abi->ctx, &out);
    };
  const auto* log = static_cast<const burin_log*>(
      host->get_interface ? host->get_interface(host, BURIN_LOG_ID) : nullptr);
  if (log != nullptr)
    run.log = [log, host](int severity, const std::string& line) {
      if (severity >= log->least) log->write(host, severity, line.c_str());
    };
  return run;
}

}  // namespace burin::core
