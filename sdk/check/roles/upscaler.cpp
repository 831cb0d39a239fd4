// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role upscaler.
#include "burin/role/upscaler.h"

#include <cmath>

#include "roles/all.hpp"
#include "roles/result_cases.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

constexpr double tile_tolerance = 1.0 / 255;  // one step of an 8-bit picture
constexpr std::uint32_t most_factor = 16;

const burin_upscaler& table(const void* api) { return *static_cast<const burin_upscaler*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), factor);
  BURIN_CHECK_MISSING(&table(api), upscale);
  return "";
}

Answer upscale(const Call& call, const burin_upscaler_options* options) {
  std::uint32_t factor = 0;
  Answer asked = ask(call, [&] { return table(call.api).factor(call.self, &factor); });
  if (asked.status != BURIN_OK || !asked.threw.empty()) return asked;
  auto shape = lengths_of(call.inputs[0], 3);
  if (!shape.empty()) {
    shape[0] *= factor;
    shape[1] *= factor;
  }
  return ask_for_tensor(
      call, shape,
      [&](burin_tensor* out) {
        return table(call.api).upscale(call.self, call.inputs[0], options, call.run, out);
      },
      [](const std::vector<float>& values, Answer& answer) {
        // Ringing may leave 0..1; what is far off was not scaled.
        const std::string fault = range_fault(values, -1, 2);
        if (!fault.empty()) answer.fault = "a value " + fault;
      });
}

Answer work(const Call& call) {
  const burin_upscaler_options options = {sizeof options, 0, 0};
  return upscale(call, &options);
}

void factor(Context& context) {
  Session session(context);
  const Instance instance(session);
  std::uint32_t factors[2] = {};
  for (std::uint32_t& factor : factors) {
    const burin_status status = table(session.api()).factor(instance.self(), &factor);
    if (status != BURIN_OK) {
      fail("factor returned ", status_text(status), ": ", session.host().take_error());
    }
  }
  if (factors[0] < 1 || factors[0] > most_factor) {
    fail("the factor is ", factors[0], "; expected is 1 to ", most_factor);
  }
  if (factors[0] != factors[1]) fail("the factor is ", factors[0], " and then ", factors[1]);
}

void tile(Context& context) {
  Session session(context);
  const Instance instance(session);
  const auto values = [&](std::uint32_t side) {
    const burin_upscaler_options options = {sizeof options, side, 0};
    auto inputs = inputs_of(session.role(), 80, 100);
    const Answer answer = upscale(instance.call(inputs), &options);
    need(answer);
    std::vector<float> floats(answer.values.size() / sizeof(float));
    std::memcpy(floats.data(), answer.values.data(), answer.values.size());
    return floats;
  };
  const auto whole = values(1024);
  for (const std::uint32_t side : {64U, 33U}) {
    const auto tiled = values(side);
    if (tiled.size() != whole.size()) skip("the result has the wrong size; see upscaler.size");
    double most = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      most =
          std::max(most, std::abs(static_cast<double>(tiled[i]) - static_cast<double>(whole[i])));
    }
    if (!(most <= tile_tolerance)) {
      fail("in tiles of ", side, " the result is off by ", most, " from the one in one piece");
    }
  }
}

}  // namespace

Role upscaler_role() {
  Role role = {};
  role.interface_id = BURIN_UPSCALER_ID;
  role.name = "upscaler";
  role.missing = missing;
  makes_instances<burin_upscaler>(role);
  role.inputs = {{"rgb", f32_type, {Input::height, Input::width, 3}}};
  role.work = work;
  role.cases = {
      {"upscaler.factor", "multiplies by a whole number that stays", factor, "lifecycle.work"},
      {"upscaler.size", "gives a picture of exactly that size", result_has_its_form,
       "lifecycle.work"},
      {"upscaler.values", "gives values that a picture has", result_has_its_values,
       "lifecycle.work"},
      {"upscaler.tile", "gives the same in tiles as in one piece", tile, "lifecycle.work"},
      {"upscaler.repeatable", "gives the same again", result_is_repeatable, "lifecycle.work"},
  };
  return role;
}

}  // namespace burin::check
