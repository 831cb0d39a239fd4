// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role engine: what can be asked without a picture that takes minutes.
#include "burin/role/engine.h"

#include "roles/all.hpp"
#include "run_record.hpp"
#include "session.hpp"

namespace burin::check {
namespace {

const burin_engine& table(const void* api) { return *static_cast<const burin_engine*>(api); }

std::string missing(const void* api) {
  BURIN_CHECK_MISSING(&table(api), create);
  BURIN_CHECK_MISSING(&table(api), destroy);
  BURIN_CHECK_MISSING(&table(api), complete_job);
  BURIN_CHECK_MISSING(&table(api), describe_model);
  BURIN_CHECK_MISSING(&table(api), plan);
  BURIN_CHECK_MISSING(&table(api), detect);
  BURIN_CHECK_MISSING(&table(api), detail);
  BURIN_CHECK_MISSING(&table(api), layer_count);
  BURIN_CHECK_MISSING(&table(api), layer);
  BURIN_CHECK_MISSING(&table(api), report);
  BURIN_CHECK_MISSING(&table(api), flatten);
  BURIN_CHECK_MISSING(&table(api), release_result);
  BURIN_CHECK_MISSING(&table(api), text);
  BURIN_CHECK_MISSING(&table(api), release_text);
  return "";
}

burin_status create(const void* api, const burin_host* host, const char* data_dir, void** self) {
  burin_engine_options options = {};
  options.struct_size = sizeof options;
  options.device = "cpu";
  options.threads = 1;
  options.data_dir = data_dir;
  return table(api).create(host, &options, self);
}

void job(Context& context) {
  Session session(context);
  const Instance instance(session);
  const burin_engine& engine = table(session.api());
  burin_text* out = nullptr;
  const burin_status status = engine.complete_job(instance.self(), "{}", nullptr, &out);
  if (status != BURIN_OK) {
    fail("complete_job of {} returned ", status_text(status), ": ", session.host().take_error());
  }
  const std::string text = engine.text(out) ? engine.text(out) : "";
  engine.release_text(out);
  if (text.empty() || text.front() != '{' || !is_utf8(text)) {
    fail("complete_job of {} gave no JSON object");
  }
}

/// Jobs that no engine takes: complete_job refuses each, says why and leaves *out alone.
template <typename Look>
void for_each_bad_job(Context& context, const Look& look) {
  Session session(context);
  const Instance instance(session);
  for (const std::string& job :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"steps\": \"many\"}"),
        std::string("{\"there_is_no_such_key\": 1}"), std::string("\xff\xfe"),
        std::string(100000, '[')}) {
    context.note("the job " + job.substr(0, 40));
    session.host().take_error();
    int marker = 0;
    auto* const before = reinterpret_cast<burin_text*>(&marker);
    burin_text* out = before;
    const burin_status status =
        table(session.api()).complete_job(instance.self(), job.c_str(), nullptr, &out);
    look(job.substr(0, 40), status, session.host().take_error(), out == before);
    if (status == BURIN_OK && out != before) table(session.api()).release_text(out);
  }
}

void bad_job(Context& context) {
  for_each_bad_job(context, [](const std::string& job, burin_status status, const std::string& said,
                               bool untouched) {
    if (status == BURIN_OK) fail("complete_job accepted '", job, "'");
    if (said.empty()) fail("complete_job refused '", job, "' without a sentence");
    if (!untouched) fail("complete_job refused '", job, "' and wrote its out parameter");
  });
}

void release_null(Context& context) {
  Session session(context);
  context.note("release_result(NULL)");
  table(session.api()).release_result(nullptr);
  context.note("release_text(NULL)");
  table(session.api()).release_text(nullptr);
}

}  // namespace

Role engine_role() {
  Role role = {};
  role.interface_id = BURIN_ENGINE_ID;
  role.name = "engine";
  role.missing = missing;
  role.create = create;
  role.destroy = [](const void* api, void* self) { table(api).destroy(self); };
  role.cases = {
      {"engine.job", "completes the empty job", job, "lifecycle.create"},
      {"engine.bad-job", "refuses jobs that are none, and says why", bad_job, "lifecycle.create"},
      {"engine.release-null", "releases NULL without harm", release_null, "lifecycle.create"},
  };
  return role;
}

}  // namespace burin::check
