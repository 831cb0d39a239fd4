// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Cases about the file and its entry.
#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "cases/groups.hpp"
#include "elf_file.hpp"
#include "host.hpp"
#include "module.hpp"
#include "run_record.hpp"
#include "session.hpp"
#include "stdout_watch.hpp"

namespace burin::check {
namespace {

constexpr double most_scan_s = 0.1;

const burin_plugin_entry& opened(const Context& context) {
  return open_module(context.settings.module);
}

void load(Context& context) { opened(context); }

void symbols(Context& context) {
  const auto exported = read_elf(context.settings.module).exported;
  std::string others;
  std::size_t count = 0;
  for (const std::string& name : exported) {
    if (name == "burin_entry") continue;
    if (++count <= 3) others += (others.empty() ? "" : ", ") + name;
  }
  if (count > 0) {
    fail("it also exports ", others, count > 3 ? text_of(" and ", count - 3, " more") : "",
         "; compile with -fvisibility=hidden and link with a version script");
  }
  if (exported.size() != 1) {
    fail("burin_entry is exported ", exported.size(), " times; expected is once");
  }
}

void entry(Context& context) {
  const burin_plugin_entry& e = opened(context);
  if (!BURIN_HAS(&e, abi)) fail("its struct_size is ", e.struct_size, ", too short to name an ABI");
  if (e.abi.major != BURIN_ABI_MAJOR) {
    fail("it speaks Burin ABI ", e.abi.major, ".", e.abi.minor, " and this checker ",
         BURIN_ABI_MAJOR, ".", BURIN_ABI_MINOR, "; the major numbers must agree");
  }
  if (!BURIN_HAS(&e, get_interface)) {
    fail("its struct_size is ", e.struct_size, "; expected are at least ",
         offsetof(burin_plugin_entry, get_interface) + sizeof e.get_interface);
  }
  if (!e.init || !e.deinit || !e.count || !e.descriptor || !e.get_interface) {
    fail("init, deinit, count, descriptor or get_interface is NULL");
  }
}

void scan(Context& context) { descriptors_of(opened(context)); }

void scan_time(Context& context) {
  const double begin = seconds_of_thread();
  const burin_plugin_entry& e = opened(context);
  const double loaded = seconds_of_thread();
  descriptors_of(e);
  const double listed = seconds_of_thread() - loaded, loading = loaded - begin;
  const double most = most_scan_s * patience();
  if (listed > most) {
    fail("count and descriptor took ", listed * 1000, " ms; expected are at most ", most * 1000);
  }
  if (loading > most) {
    warn("loading it and its libraries took ", loading * 1000,
         " ms; a host does that at every start until it has a cache");
  }
}

std::size_t threads() {
  std::size_t count = 0;
  std::error_code ignored;
  for (std::filesystem::directory_iterator it("/proc/self/task", ignored), end; it != end; ++it) {
    ++count;
  }
  return count;
}

void scan_quiet(Context& context) {
  const StdoutWatch watch;
  const burin_plugin_entry& e = opened(context);
  const std::size_t after_loading = threads();
  descriptors_of(e);
  if (const std::string text = watch.printed(); !text.empty()) {
    fail("it prints '", sdk::quotable(text), "'; standard output belongs to the host's answers");
  }
  if (threads() > after_loading) fail("listing its descriptors starts a thread");
  if (after_loading > 1) {
    warn("loading it starts ", after_loading - 1, " threads; a library of its may do that");
  }
}

/// CUDA's libraries and devices that this process has mapped or open.
std::set<std::string> cuda_in_use() {
  std::set<std::string> found;
  const auto look = [&found](const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    for (const char* sign : {"libcuda.so", "libcudart", "libnvrtc", "libcublas", "libcudnn"}) {
      if (name.rfind(sign, 0) == 0) found.insert(name);
    }
    if (path.rfind("/dev/nvidia", 0) == 0) found.insert(path);
  };
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (const std::size_t at = line.find('/'); at != std::string::npos) look(line.substr(at));
  }
  if (DIR* descriptors = ::opendir("/proc/self/fd")) {
    while (const dirent* file = ::readdir(descriptors)) {
      char target[256];
      const ssize_t size = ::readlinkat(::dirfd(descriptors), file->d_name, target, sizeof target);
      if (size > 0) look(std::string(target, static_cast<std::size_t>(size)));
    }
    ::closedir(descriptors);
  }
  return found;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void scan_cuda(Context& context) {
  const burin_plugin_entry& e = opened(context);
  const auto loaded = cuda_in_use();
  descriptors_of(e);
  auto opened_by_scan = cuda_in_use();
  for (const std::string& name : loaded) opened_by_scan.erase(name);
  if (!opened_by_scan.empty()) fail("listing its descriptors opened ", joined(opened_by_scan));
  for (const std::string& name : loaded) {
    if (name.rfind("/dev/", 0) == 0) fail("loading it opened ", name);
  }
  if (!loaded.empty()) {
    warn("loading it loads ", joined(loaded), ": it is no module where there is no CUDA");
  }
}

void init_twice(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  const auto init = [&](const char* which) {
    if (const burin_status status = e.init(host.get()); status != BURIN_OK) {
      fail(which, " init returned ", status_text(status), ": ", host.take_error());
    }
  };
  const auto served = [&](const char* when) {
    const burin_descriptor* first = descriptors_of(e).front();
    if (e.get_interface(first->id) == nullptr) fail("get_interface gave NULL ", when);
  };
  init("the first");
  init("the second");
  served("after two inits");
  e.deinit();
  served("after two inits and one deinit");
  e.deinit();
  init("after as many deinits as inits the next");
  served("after it came back from the last deinit");
  e.deinit();
}

void unknown_ids(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  if (e.init(host.get()) != BURIN_OK) skip("init failed: ", host.take_error());
  std::set<std::string> known;
  for (const burin_descriptor* d : descriptors_of(e)) known.insert(text_or_empty(d->id));
  std::set<std::string> wrong = {"", "org.example.there-is-no-such-thing", "burin.detector/1"};
  for (const std::string& id : known) {
    for (const char* tail : {"x", " ", "/1", ".", "/999"}) wrong.insert(id + tail);
    wrong.insert(id.substr(0, id.size() - 1));
    wrong.insert("x" + id);
  }
  for (const std::string& id : wrong) {
    if (known.count(id)) continue;
    if (e.get_interface(id.c_str()) != nullptr) {
      fail("get_interface serves something for the unknown id '", id, "'");
    }
  }
  if (BURIN_HAS(&e, get_extension) && e.get_extension != nullptr) {
    const auto extension = [&](const std::string& id, const char* name) {
      if (e.get_extension(id.c_str(), name) != nullptr) {
        fail("get_extension serves '", name, "' for '", id, "'");
      }
    };
    for (const std::string& id : known) {
      for (const char* name : {"", "burin.params/999", "burin.params/1x", "burin.none/1"}) {
        extension(id, name);
      }
    }
    extension("org.example.there-is-no-such-thing", "burin.params/1");
  }
  e.deinit();
}

struct FirstRole {
  const Role* role;
  const burin_descriptor* descriptor;
};

FirstRole first_known_role(const burin_plugin_entry& e) {
  for (const burin_descriptor* d : descriptors_of(e)) {
    if (const Role* role = find_role(text_or_empty(d->role))) return {role, d};
  }
  skip("none of its roles is known here");
}

/// Init and create with this host: the first status that is not OK, or OK.
burin_status try_host(const Context& context, const burin_plugin_entry& e, const burin_host* host) {
  if (const burin_status status = e.init(host)) return status;
  const auto [role, descriptor] = first_known_role(e);
  const void* api = e.get_interface(descriptor->id);
  if (api == nullptr) skip("get_interface gave NULL; see descriptor.interface");
  const auto data = data_dir_of(context.settings);
  void* self = nullptr;
  const burin_status status = role->create(api, host, data ? data->c_str() : nullptr, &self);
  if (status == BURIN_OK) role->destroy(api, self);
  e.deinit();
  return status;
}

void host_major(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  host.struct_to_change().abi.major = BURIN_ABI_MAJOR + 41;
  if (try_host(context, e, host.get()) == BURIN_OK) {
    fail("init and create accepted a host of ABI ", BURIN_ABI_MAJOR + 41,
         "; init returns BURIN_E_UNSUPPORTED where host->abi.major is not BURIN_ABI_MAJOR");
  }
  const std::string said = host.take_error();
  for (const int number : {BURIN_ABI_MAJOR, BURIN_ABI_MAJOR + 41}) {
    if (said.find(std::to_string(number)) == std::string::npos) {
      warn("the refusal does not name both numbers, ", BURIN_ABI_MAJOR, " and ",
           BURIN_ABI_MAJOR + 41, ": '", said, "'");
    }
  }
}

/// Ends the case (skip) when a host with nothing odd about it is refused, too.
void need_usual_host(const Context& context, const burin_plugin_entry& e) {
  CheckHost host(context.settings);
  if (try_host(context, e, host.get()) == BURIN_OK) return;
  skip("a usual host is refused, too: ", host.take_error());
}

void host_minor(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  host.struct_to_change().abi.minor = BURIN_ABI_MINOR + 1000;
  if (const burin_status status = try_host(context, e, host.get()); status != BURIN_OK) {
    const std::string said = host.take_error();
    need_usual_host(context, e);
    fail("a host of a later minor ABI was refused with ", status_text(status), ": ", said);
  }
}

/// The first `bytes` of the host's struct, right before a page that cannot be read.
burin_host* at_page_end(const burin_host& host, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* pages =
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) skip("there is no memory for the host's struct");
  char* guard = static_cast<char*>(pages) + page;
  ::mprotect(guard, page, PROT_NONE);
  auto* copy = reinterpret_cast<burin_host*>(guard - bytes);
  std::memcpy(static_cast<void*>(copy), &host, bytes);
  copy->struct_size = static_cast<std::uint32_t>(bytes);
  return copy;
}

void host_shorter(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  // Without last_error a module can work; without set_error it may only refuse.
  for (const std::size_t bytes : {offsetof(burin_host, last_error), offsetof(burin_host, set_error),
                                  offsetof(burin_host, name)}) {
    context.note(text_of("init with a host of ", bytes, " bytes"));
    try_host(context, e, at_page_end(*host.get(), bytes));
  }
}

void host_longer(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  struct Longer {
    burin_host host;
    unsigned char more[256];
  } longer = {*host.get(), {}};
  std::memset(longer.more, 0xA5, sizeof longer.more);
  longer.host.struct_size = sizeof longer;
  const burin_status status = try_host(context, e, &longer.host);
  if (status != BURIN_OK) {
    const std::string said = host.take_error();
    need_usual_host(context, e);
    fail("a host whose struct is longer was refused with ", status_text(status), ": ", said);
  }
}

void host_bare(Context& context) {
  const burin_plugin_entry& e = opened(context);
  CheckHost host(context.settings);
  host.serve_nothing();
  const burin_status status = try_host(context, e, host.get());
  if (status != BURIN_OK && host.take_error().empty()) {
    fail("a host without extensions was refused with ", status_text(status), " and no sentence");
  }
}

}  // namespace

std::vector<Case> library_cases() {
  return {
      {"library.load", "loads with RTLD_NOW and RTLD_LOCAL", load},
      {"library.symbols", "exports burin_entry and nothing else", symbols},
      {"library.entry", "has a whole entry that speaks this ABI", entry, "library.load"},
      {"library.scan", "lists its descriptors before init", scan, "library.entry"},
      {"library.scan-time", "lists its descriptors within 100 ms", scan_time, "library.scan"},
      {"library.scan-quiet", "is loaded and listed without a print or a thread", scan_quiet,
       "library.scan"},
      {"library.scan-cuda", "touches no GPU before it is asked to work", scan_cuda, "library.scan"},
      {"library.init-twice", "counts init and deinit, and comes back", init_twice, "library.scan"},
      {"library.unknown-ids", "serves nothing for ids it did not list", unknown_ids,
       "library.scan"},
      {"library.host-major", "refuses a host of another ABI major", host_major, "library.scan"},
      {"library.host-minor", "accepts a host of another ABI minor", host_minor, "library.scan"},
      {"library.host-shorter", "reads no further than a host's struct goes", host_shorter,
       "library.scan"},
      {"library.host-longer", "accepts a host with a longer struct", host_longer, "library.scan"},
      {"library.host-bare", "copes with a host that has no extensions", host_bare, "library.scan"},
  };
}

}  // namespace burin::check
