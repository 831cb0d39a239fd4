// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about burin.state/1.
#include "burin/ext/state.h"

#include "cases/groups.hpp"
#include "params.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_state& state_of(const Session& session) {
  const auto* state = session.extension<burin_state>(BURIN_STATE_ID);
  if (state == nullptr) skip("it has no state (", BURIN_STATE_ID, ")");
  if (!BURIN_HAS(state, load) || !state->save || !state->load) {
    fail("the table of ", BURIN_STATE_ID, " lacks save or load");
  }
  return *state;
}

std::string save(const burin_state& state, const Instance& instance) {
  burin_tensor out = {};
  out.struct_size = sizeof out;
  CheckHost& host = instance.session().host();
  if (const burin_status status = state.save(instance.self(), &out); status != BURIN_OK) {
    fail("save returned ", status_text(status), ": ", host.take_error());
  }
  const DLTensor& dl = out.dl;
  if (dl.device.device_type != kDLCPU || dl.dtype.code != kDLUInt || dl.dtype.bits != 8 ||
      dl.ndim != 1 || dl.shape == nullptr || dl.shape[0] < 0 ||
      (dl.data == nullptr && dl.shape[0] > 0)) {
    fail("save gave something else than uint8 [size] on the CPU");
  }
  std::string bytes = bytes_of(dl);
  if (out.release == nullptr) fail("what save gave has no release function");
  out.release(&out);
  return bytes;
}

burin_status load(const burin_state& state, const Instance& instance, const std::string& bytes) {
  instance.session().host().take_error();
  return state.load(instance.self(), bytes.data(), bytes.size());
}

/// Sets every parameter to something, so that there is a state worth saving.
void stir(const Instance& instance, Random& random) {
  const auto* params = instance.session().extension<burin_params>(BURIN_PARAMS_ID);
  if (params == nullptr) return;
  for (std::uint32_t i = 0; i < params->count; ++i) {
    const burin_param_type type = params->params[i]->type;
    const ParamValue value = random_value(*params->params[i], random);
    const burin_param_value c = value.c();
    const bool free_text = type == BURIN_PARAM_TEXT || type == BURIN_PARAM_PATH;
    if (!free_text) params->set(instance.self(), params->params[i]->id, &c);
  }
}

void round_trip(Context& context) {
  Session session(context);
  const burin_state& state = state_of(session);
  Random random(context.settings.seed);
  for (int round = 0; round < 8; ++round) {
    const Instance from(session), to(session);
    if (round > 0) stir(from, random);
    const std::string saved = save(state, from);
    if (save(state, from) != saved) fail("two saves in a row give different bytes");
    if (const burin_status status = load(state, to, saved); status != BURIN_OK) {
      fail("load of what save gave returned ", status_text(status), ": ",
           session.host().take_error());
    }
    if (save(state, to) != saved) fail("save, load, save does not give the same bytes");
  }
}

void refused(Context& context) {
  Session session(context);
  const burin_state& state = state_of(session);
  const Instance instance(session);
  Random random(context.settings.seed);
  stir(instance, random);
  const std::string good = save(state, instance);
  const auto expect_refusal = [&](const std::string& bytes, const std::string& what) {
    if (bytes == good) return;
    context.note("load of " + what);
    const burin_status status = load(state, instance, bytes);
    const std::string said = session.host().take_error();
    if (status == BURIN_OK) fail("load accepted ", what);
    if (said.empty()) fail("load refused ", what, " without a sentence");
    if (save(state, instance) != good) fail("load refused ", what, " and changed the instance");
  };
  expect_refusal("", "no bytes");
  expect_refusal(good + "x", "a state with a byte too many");
  if (!good.empty()) expect_refusal(good.substr(0, good.size() - 1), "a state cut short by a byte");
  expect_refusal(good.substr(0, good.size() / 2), "half a state");
  constexpr int rounds = 50;
  for (int round = 0; round < rounds; ++round) {
    std::string bytes(static_cast<std::size_t>(random.whole(1, 300)), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    expect_refusal(bytes, text_of(bytes.size(), " random bytes"));
  }
  for (int round = 0; round < rounds && !good.empty(); ++round) {
    std::string bytes = good;
    bytes[static_cast<std::size_t>(random.whole(0, static_cast<std::int64_t>(good.size()) - 1))] =
        static_cast<char>(random.next());
    context.note("load of a state with one byte changed");
    load(state, instance, bytes);  // may be a valid one
  }
}

}  // namespace

std::vector<Case> state_cases() {
  return {
      {"state.round-trip", "loads what it saved, and saves it again the same", round_trip,
       "lifecycle.create"},
      {"state.refused", "refuses what it did not save", refused, "lifecycle.create"},
  };
}

}  // namespace burin::check
