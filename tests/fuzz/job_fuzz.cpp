// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Any bytes as a job: an Error, or a job that comes back the same from its own JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "job/job.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"

using namespace burin::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Job job;
  try {
    job = parse_job({reinterpret_cast<const char*>(data), size}, "/jobs");
  } catch (const Error& error) {
    if (invalid_utf8_at(error.what())) std::abort();
    return 0;
  }
  const nlohmann::json written = job_to_json(job, resolve_settings(job, nullptr));
  const Job again = parse_job(written.dump(), "/");
  if (job_to_json(again, resolve_settings(again, nullptr)) != written) std::abort();
  return 0;
}
