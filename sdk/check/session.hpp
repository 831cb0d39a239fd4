// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A descriptor of the module with its host, from init to deinit, and instances of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "case.hpp"
#include "role.hpp"

namespace burin::check {

/// The module opened and initialised. Ends the case (skip) where another case says what is wrong.
class Session {
 public:
  explicit Session(const Context& context);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  CheckHost& host() { return host_; }
  const burin_plugin_entry& entry() const { return entry_; }
  const Role& role() const { return role_; }
  const void* api() const { return api_; }
  const char* data_dir() const { return data_dir_ ? data_dir_->c_str() : nullptr; }
  const Settings& settings() const { return settings_; }

  /// An extension of the descriptor ("burin.params/1"), or nullptr.
  template <typename Interface>
  const Interface* extension(const char* extension_id) const {
    return static_cast<const Interface*>(find_extension(extension_id));
  }

 private:
  const void* find_extension(const char* extension_id) const;

  const Settings& settings_;
  CheckHost host_;
  const burin_plugin_entry& entry_;
  const Role& role_;
  std::string id_;
  std::optional<std::string> data_dir_;
  const void* api_ = nullptr;
};

/// One instance as create leaves it. Ends the case (skip) when create fails.
class NewInstance {
 public:
  explicit NewInstance(Session& session);
  NewInstance(const NewInstance&) = delete;
  NewInstance& operator=(const NewInstance&) = delete;
  ~NewInstance();

  void* self() const { return self_; }
  Session& session() const { return session_; }

 private:
  Session& session_;
  void* self_ = nullptr;
};

/// The same with the parameters that the settings say. Ends the case (fail) when one is not taken.
class Instance : public NewInstance {
 public:
  explicit Instance(Session& session);

  /// The main call with these tensors.
  Answer work(std::vector<TestTensor>& inputs, const burin_run* run = nullptr) const;
  /// As a Call, to be changed.
  Call call(std::vector<TestTensor>& inputs, const burin_run* run = nullptr) const;

 private:
  void set_parameters();
};

/// Where the module's data lie, as the loader finds them unless the settings say.
std::optional<std::string> data_dir_of(const Settings& settings);

/// The shape of an input for a picture of this size.
std::vector<std::int64_t> shape_of(const Input& input, std::int64_t height, std::int64_t width);

/// All tensors of a main call, painted.
std::vector<TestTensor> inputs_of(const Role& role, std::int64_t height, std::int64_t width,
                                  Paint paint = Paint::scene, std::uint64_t seed = 1,
                                  Layout layout = Layout::packed);

/// Ends the case (skip) unless the main call did what it is for; other cases say why.
void need(const Answer& answer);

/// "BURIN_E_INVALID" or "status 77".
std::string status_text(burin_status status);

}  // namespace burin::check
