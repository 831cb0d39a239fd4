// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The modules where the worker is, as the program burin there tells of them.
#include <algorithm>
#include <string_view>

#include "burin/cpp/error.hpp"
#include "program_output.hpp"
#include "worker_client.hpp"
#include "worker_start.hpp"

namespace burin::sdk {

namespace {

constexpr double limit_s = 30;
constexpr int exit_usage = 2;  // of burin: there is no such module

bool is_plain(const std::string& id) {
  constexpr std::string_view known =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return id.find_first_not_of(known) == std::string::npos && !id.starts_with('-');
}

// "burin: There is no plug-in x." of the last line.
std::string sentence_of(std::string_view printed) {
  while (!printed.empty() && (printed.back() == '\n' || printed.back() == ' '))
    printed.remove_suffix(1);
  printed.remove_prefix(printed.rfind('\n') + 1);
  constexpr std::string_view name = "burin: ";
  if (printed.starts_with(name)) printed.remove_prefix(name.size());
  return std::string(printed);
}

}  // namespace

std::string WorkerClient::list_modules(const std::string& id) const {
  if (!is_plain(id))
    throw Error(BURIN_E_INVALID,
                "The id of a module is '" + id + "'; expected letters, digits, '.', '_' and '-'.");
  std::vector<std::string> arguments = {"plugins", "--json"};
  if (!id.empty()) arguments.push_back(id);
  if (remote_)
    arguments = ssh_arguments(address_, arguments);
  else
    arguments.insert(arguments.begin(), find_program(program_));
  ProgramOutput output = output_of(arguments, limit_s);
  if (output.exit_status == 0) return std::move(output.out);
  const std::string sentence = sentence_of(output.err);
  throw Error(!id.empty() && output.exit_status == exit_usage ? BURIN_E_NOT_FOUND : BURIN_E_IO,
              sentence.empty()
                  ? "The program " + arguments.front() +
                        " did not say which modules "
                        "there are: " +
                        (output.exit_status < 0 ? "it crashed."
                                                : "it ended with the status " +
                                                      std::to_string(output.exit_status) + ".")
                  : sentence);
}

}  // namespace burin::sdk
