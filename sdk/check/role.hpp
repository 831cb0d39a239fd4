// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What the checker knows of a role: how to call it, what to call it with, what holds of its answer.
#pragma once

#include <dlpack/dlpack.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "burin/entry.h"
#include "burin/run.h"
#include "burin/tensor.h"
#include "case.hpp"
#include "host.hpp"
#include "random.hpp"
#include "test_tensor.hpp"

namespace burin::check {

/// A tensor that the role's main call takes.
struct Input {
  /// Stand-ins in `shape` for the height and width of the picture.
  static constexpr std::int64_t height = -1, width = -2;

  const char* name;
  DLDataType dtype;
  std::vector<std::int64_t> shape;
  bool any_strides = true;
  bool written = false;  ///< in place: the call may change it
};

/// The arguments of one main call. Its options are valid ones.
struct Call {
  CheckHost& host;
  const void* api;
  void* self;
  std::vector<DLTensor*> inputs;  ///< in the role's order; NULL is allowed to be tried
  const burin_run* run = nullptr;
  bool expect_refusal = false;    ///< out parameters begin with a pattern, so that writes show
  bool thorough_release = false;  ///< release on another thread, and in every way it must accept
};

/// What came of a call. Results have been released.
struct Answer {
  burin_status status = BURIN_OK;
  std::string said;        ///< the sentence the module left
  std::string threw;       ///< what came out of the module as an exception; "": nothing
  bool touched = false;    ///< it failed, and yet an out parameter was written
  std::string values;      ///< the result's values, byte for byte
  std::string form;        ///< what is wrong with type, shape or layout of the result; "": nothing
  std::string fault;       ///< how the result breaks the role's contract; "": it does not
  std::string size_fault;  ///< what is wrong with struct_size of a result; "": nothing
  std::string release_fault;  ///< what is wrong with its release; "": nothing
};

/// A call with something wrong beyond its tensors.
struct BadCall {
  const char* what;  ///< "a threshold that is no number"
  std::function<Answer(const Call& good)> make;
};

struct Role {
  const char* interface_id;  ///< "burin.detector/1"
  const char* name;          ///< "detector", also the group of its own cases
  /// The first function of the table that is NULL or not reached by struct_size; "": none.
  std::string (*missing)(const void* api);
  burin_status (*create)(const void* api, const burin_host* host, const char* data_dir,
                         void** self);
  void (*destroy)(const void* api, void* self);
  std::vector<Input> inputs;
  /// The main call. nullptr: the role has none that the general cases could make.
  Answer (*work)(const Call& call);
  std::vector<BadCall> bad_calls;
  /// Makes one call out of random numbers; nullptr: random tensors through `work`.
  Answer (*random_call)(const Call& good, Random& random);
  bool can_cancel = true;  ///< the main call is given a burin_run
  std::vector<Case> cases;
};

/// Fills create and destroy for a table that has create(host, data_dir, &self) and destroy(self).
template <typename Table>
void makes_instances(Role& role) {
  role.create = [](const void* api, const burin_host* host, const char* data_dir, void** self) {
    return static_cast<const Table*>(api)->create(host, data_dir, self);
  };
  role.destroy = [](const void* api, void* self) { static_cast<const Table*>(api)->destroy(self); };
}

/// All roles, in the order of the documentation.
const std::vector<Role>& roles();
/// The role with this interface id, or nullptr.
const Role* find_role(const std::string& interface_id);

/// Runs `call_module` as a [work-thread] call and fills status, said and threw.
template <typename CallModule>
Answer ask(const Call& call, const CallModule& call_module) {
  Answer answer;
  call.host.take_error();
  if (!call.inputs.empty()) call.host.read_pictures_like(call.inputs.front());
  const CheckHost::Work here;
  try {
    answer.status = call_module();
  } catch (const std::exception& error) {
    answer.threw = std::string("a C++ exception: ") + error.what();
  } catch (...) {
    answer.threw = "something that is no std::exception";
  }
  answer.said = call.host.take_error();
  return answer;
}

/// Room for an out parameter, with bytes behind it that nobody may write.
template <typename Out>
class Lent {
 public:
  explicit Lent(bool with_pattern) {
    std::memset(static_cast<void*>(&out_), with_pattern ? pattern : 0, sizeof out_);
    std::memset(guard_, pattern, sizeof guard_);
    if constexpr (requires { out_.struct_size; }) out_.struct_size = sizeof out_;
    std::memcpy(before_, static_cast<const void*>(&out_), sizeof out_);
  }
  Out* get() { return &out_; }
  bool touched() const {
    return std::memcmp(before_, static_cast<const void*>(&out_), sizeof out_) != 0;
  }
  bool overrun() const {
    for (const unsigned char byte : guard_) {
      if (byte != pattern) return true;
    }
    return false;
  }
  /// What the module left unwritten becomes 0.
  void clear_pattern() {
    auto* bytes = reinterpret_cast<unsigned char*>(&out_);
    for (std::size_t at = 0; at + 8 <= sizeof out_; at += 8) {
      static constexpr unsigned char untouched[8] = {pattern, pattern, pattern, pattern,
                                                     pattern, pattern, pattern, pattern};
      if (std::memcmp(bytes + at, untouched, 8) == 0) std::memset(bytes + at, 0, 8);
    }
  }

 private:
  static constexpr unsigned char pattern = 0xA5;
  Out out_;
  unsigned char guard_[64];
  unsigned char before_[sizeof(Out)];
};

/// As ask(), for a call that fills a struct which owns something: call_module(Out*), then
/// read(Out&, Answer&) on success, then release.
template <typename Out, typename CallModule, typename Read>
Answer ask_for(const Call& call, const CallModule& call_module, const Read& read) {
  Lent<Out> lent(call.expect_refusal);
  Answer answer = ask(call, [&] { return call_module(lent.get()); });
  if (lent.overrun()) answer.size_fault = "it wrote behind the end of the struct it was lent";
  if (answer.status != BURIN_OK || !answer.threw.empty()) {
    answer.touched = lent.touched();
    return answer;
  }
  lent.clear_pattern();
  Out& out = *lent.get();
  if (out.struct_size > sizeof out) {
    answer.size_fault = text_of("the result says that ", out.struct_size, " bytes were written; ",
                                sizeof out, " were lent");
  }
  read(out, answer);
  const auto release = out.release;
  if (release == nullptr) {
    answer.release_fault = "the result has no release function";
    return answer;
  }
  if (!call.thorough_release) {
    release(&out);
    return answer;
  }
  std::thread([&] { release(&out); }).join();
  if constexpr (std::is_same_v<Out, burin_tensor>) {
    burin_tensor nothing = {};
    nothing.struct_size = sizeof nothing;
    release(&nothing);
  } else {
    release(&out);
    release(nullptr);
  }
  return answer;
}

/// The lengths of `tensor` when it has that many dimensions, else none.
inline std::vector<std::int64_t> lengths_of(const DLTensor* tensor, std::int32_t dimensions) {
  if (tensor == nullptr || tensor->ndim != dimensions || tensor->shape == nullptr) return {};
  return {tensor->shape, tensor->shape + dimensions};
}

/// For a role that answers with one float32 tensor of `shape`: call_module(burin_tensor*), then
/// look(values, Answer&). shape none: the call was one that should have been refused.
template <typename CallModule, typename Look>
Answer ask_for_tensor(const Call& call, const std::vector<std::int64_t>& shape,
                      const CallModule& call_module, const Look& look) {
  return ask_for<burin_tensor>(call, call_module, [&](burin_tensor& out, Answer& answer) {
    if (shape.empty()) return;
    if (const std::string fault = form_fault(out.dl, shape); !fault.empty()) {
      answer.form = "the result " + fault;
      return;
    }
    for (const DLTensor* input : call.inputs) {
      if (input != nullptr && share_memory(out.dl, *input)) {
        answer.form = "the result lies in the memory of a tensor that is only borrowed";
        return;
      }
    }
    answer.values = bytes_of(out.dl);
    look(floats_of(out.dl), answer);
  });
}

/// The index and value of the first number that is not finite or not within [least, most], in
/// words;
/// "" when there is none.
std::string range_fault(const std::vector<float>& values, double least, double most);

/// Whether `value` is at least `member`'s end long and that function is there.
#define BURIN_CHECK_MISSING(api, member) \
  if (!BURIN_HAS(api, member) || (api)->member == nullptr) return #member

}  // namespace burin::check
