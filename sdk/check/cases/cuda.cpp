// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about burin.cuda/1.
#include "burin/ext/cuda.h"

#include <cmath>
#include <cstring>
#include <set>

#include "cases/groups.hpp"
#include "cuda_device.hpp"
#include "module.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr std::int64_t height = 48, width = 64;
// Of the mean square of the result: float32 sums in another order stay far below, half-precision
// ones about there.
constexpr double most_square_error = 1e-5;

bool serves_cuda(const Session& session) {
  return session.extension<burin_cuda>(BURIN_CUDA_ID) != nullptr;
}

const burin_cuda& cuda_of(const Session& session) {
  if (!serves_cuda(session)) skip("it takes no stream (", BURIN_CUDA_ID, ")");
  const auto* cuda = session.extension<burin_cuda>(BURIN_CUDA_ID);
  if (!BURIN_HAS(cuda, use_stream) || cuda->use_stream == nullptr) {
    fail("the table of ", BURIN_CUDA_ID, " lacks use_stream");
  }
  return *cuda;
}

Answer answer_of(const Instance& instance) {
  auto inputs = inputs_of(instance.session().role(), height, width);
  return instance.work(inputs);
}

std::string values_of(const Instance& instance) {
  const Answer answer = answer_of(instance);
  need(answer);
  return answer.values;
}

void declared(Context& context) {
  Session session(context);
  for (const burin_descriptor* d : descriptors_of(session.entry())) {
    if (context.id != text_or_empty(d->id)) continue;
    if (serves_cuda(session) && d->cuda == BURIN_CUDA_NO) {
      fail("it serves ", BURIN_CUDA_ID, ", and its descriptor says BURIN_CUDA_NO");
    }
  }
}

void refused(Context& context) {
  Session session(context);
  const burin_cuda& cuda = cuda_of(session);
  const Instance instance(session);
  const std::string before = values_of(instance);
  for (const std::int32_t device : {-2, 100000}) {
    const std::string what = text_of("use_stream of device ", device);
    context.note(what);
    session.host().take_error();
    if (cuda.use_stream(instance.self(), device, nullptr) == BURIN_OK) {
      fail(what, " was accepted; expected is BURIN_E_INVALID or BURIN_E_UNSUPPORTED");
    }
    if (session.host().take_error().empty()) fail(what, " was refused without a sentence");
  }
  if (values_of(instance) != before) {
    fail("after a device that was refused the main call gives other results");
  }
}

void back(Context& context) {
  Session session(context);
  const burin_cuda& cuda = cuda_of(session);
  const Instance instance(session);
  const std::string before = values_of(instance);
  const burin_status status = cuda.use_stream(instance.self(), -1, nullptr);
  if (status != BURIN_OK) {
    fail("use_stream(-1, NULL), back to the CPU, returned ", status_text(status), ": ",
         session.host().take_error());
  }
  if (values_of(instance) != before) fail("back on the CPU the main call gives other results");
}

/// The mean square of the difference by that of `expected`.
double square_error(const std::string& bytes, const std::string& expected) {
  double difference = 0, all = 0;
  for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    float a = 0, b = 0;
    std::memcpy(&a, bytes.data() + at, sizeof a);
    std::memcpy(&b, expected.data() + at, sizeof b);
    difference += std::pow(static_cast<double>(a) - static_cast<double>(b), 2);
    all += std::pow(static_cast<double>(b), 2);
  }
  return all > 0 ? difference / all : difference;
}

void stream(Context& context) {
  Session session(context);
  const burin_cuda& cuda = cuda_of(session);
  const std::string role = session.role().name;
  if (role == "sampler" || role == "detail_hook") {
    skip("tensors of a ", role, " would be on the device; the checker's are on the CPU");
  }
  const CudaDevice device;
  if (!device.missing().empty()) skip("there is no CUDA device: ", device.missing());
  const Instance instance(session);
  const std::string before = values_of(instance);
  const burin_status status = cuda.use_stream(instance.self(), 0, device.stream());
  if (status != BURIN_OK) {
    fail("use_stream of device 0 returned ", status_text(status), ": ",
         session.host().take_error());
  }
  context.note("the main call with a stream");
  const Answer answer = answer_of(instance);
  if (!device.finish()) fail("work that it added to the stream failed");
  if (answer.status != BURIN_OK) {
    fail("with a stream the main call returned ", status_text(answer.status), ": ", answer.said);
  }
  for (const std::string* fault : {&answer.form, &answer.fault}) {
    if (!fault->empty()) fail("with a stream ", *fault);
  }
  static const std::set<std::string> of_floats = {"upscaler", "preprocessor", "blender"};
  if (of_floats.count(role) != 0) {
    if (answer.values.size() != before.size()) fail("with a stream the result has another size");
    const double error = square_error(answer.values, before);
    if (!(error <= most_square_error)) {
      fail("with a stream the result differs from the CPU's by ", error,
           " of its mean square; expected is at most ", most_square_error);
    }
  }
  cuda.use_stream(instance.self(), -1, nullptr);
}

}  // namespace

std::vector<Case> cuda_cases() {
  return {
      {"cuda.declared", "says in its descriptor that it uses CUDA", declared, "lifecycle.create"},
      {"cuda.refused", "refuses devices that there are not", refused, "lifecycle.work"},
      {"cuda.back", "goes back to the CPU", back, "lifecycle.work"},
      {"cuda.stream", "gives the same with a stream", stream, "lifecycle.work"},
  };
}

}  // namespace burin::check
