// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Init, create, work, destroy, deinit.
#include "session.hpp"

#include <iterator>

#include "../src/search_path.hpp"
#include "module.hpp"
#include "params.hpp"

namespace burin::check {

std::optional<std::string> data_dir_of(const Settings& settings) {
  if (settings.data_dir) return settings.data_dir->string();
  if (const auto found = sdk::data_dir(settings.module)) return found->string();
  return std::nullopt;
}

Session::Session(const Context& context)
    : settings_(context.settings),
      host_(context.settings),
      entry_(open_module(context.settings.module)),
      role_(*context.role),
      id_(context.id),
      data_dir_(data_dir_of(context.settings)) {
  if (entry_.init(host_.get()) != BURIN_OK) skip("init failed: ", host_.take_error());
  api_ = entry_.get_interface(id_.c_str());
  if (api_ == nullptr) skip("get_interface gave NULL; see descriptor.interface");
}

Session::~Session() { entry_.deinit(); }

const void* Session::find_extension(const char* extension_id) const {
  if (!BURIN_HAS(&entry_, get_extension) || entry_.get_extension == nullptr) return nullptr;
  return entry_.get_extension(id_.c_str(), extension_id);
}

NewInstance::NewInstance(Session& session) : session_(session) {
  const burin_status status =
      session.role().create(session.api(), session.host().get(), session.data_dir(), &self_);
  if (status != BURIN_OK) {
    skip("create returned ", status_text(status), ": ", session.host().take_error());
  }
}

NewInstance::~NewInstance() { session_.role().destroy(session_.api(), self_); }

Instance::Instance(Session& session) : NewInstance(session) { set_parameters(); }

void Instance::set_parameters() {
  const auto& wanted = session().settings().set;
  if (wanted.empty()) return;
  const auto* params = session().extension<burin_params>(BURIN_PARAMS_ID);
  for (const auto& [id, text] : wanted) {
    const burin_param* known = nullptr;
    for (std::uint32_t i = 0; params != nullptr && i < params->count; ++i) {
      if (id == params->params[i]->id) known = params->params[i];
    }
    if (known == nullptr) continue;  // another descriptor's
    const ParamValue value = read_value(*known, text);
    const burin_param_value c = value.c();
    if (const burin_status status = params->set(self(), id.c_str(), &c); status != BURIN_OK) {
      fail("--set ", id, "=", text, ": ", status_text(status), ": ", session().host().take_error());
    }
  }
}

Call Instance::call(std::vector<TestTensor>& inputs, const burin_run* run) const {
  Call call{session().host(), session().api(), self(), {}, run};
  for (TestTensor& input : inputs) call.inputs.push_back(input.dl());
  return call;
}

Answer Instance::work(std::vector<TestTensor>& inputs, const burin_run* run) const {
  return session().role().work(call(inputs, run));
}

std::vector<std::int64_t> shape_of(const Input& input, std::int64_t height, std::int64_t width) {
  std::vector<std::int64_t> shape = input.shape;
  for (std::int64_t& length : shape) {
    if (length == Input::height) length = height;
    if (length == Input::width) length = width;
  }
  return shape;
}

std::vector<TestTensor> inputs_of(const Role& role, std::int64_t height, std::int64_t width,
                                  Paint what, std::uint64_t seed, Layout layout) {
  std::vector<TestTensor> tensors;
  tensors.reserve(role.inputs.size());
  for (const Input& input : role.inputs) {
    tensors.emplace_back(input.dtype, shape_of(input, height, width),
                         input.any_strides ? layout : Layout::packed);
    paint(tensors.back(), what, seed++);
    tensors.back().watch();
  }
  return tensors;
}

void need(const Answer& answer) {
  if (!answer.threw.empty()) skip("the main call threw; see errors.exceptions");
  if (answer.status != BURIN_OK) {
    skip("the main call returned ", status_text(answer.status), ": ", answer.said);
  }
}

std::string status_text(burin_status status) {
  static constexpr const char* names[] = {"OK",  "INVALID", "NOT_FOUND", "UNSUPPORTED",
                                          "IO",  "MEMORY",  "CANCELLED", "INTERNAL",
                                          "JOB", "MODEL",   "IMAGE"};
  if (status < 0 || static_cast<std::size_t>(status) >= std::size(names)) {
    return text_of("the unknown status ", status);
  }
  return text_of(status == BURIN_OK ? "BURIN_" : "BURIN_E_", names[status]);
}

}  // namespace burin::check
