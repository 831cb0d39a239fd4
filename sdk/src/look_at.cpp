// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a module says of itself when it is opened; shared by libburin and burin-scan.
#include "burin/cpp/error.hpp"
#include "module_file.hpp"
#include "scan.hpp"

namespace burin::sdk {

ModuleRecord look_at(const FileStamp& stamp) {
  ModuleRecord record;
  record.stamp = stamp;
  try {
    const ModuleFile file(stamp.path);
    for (const burin_descriptor* d : file.descriptors()) {
      record.descriptors.push_back(std::make_shared<StoredDescriptor>(*d));
    }
  } catch (const Error& error) {
    record.status = error.status();
    record.problem = error.what();
    record.lasting = dynamic_cast<const LoadFailure*>(&error) == nullptr;
  }
  return record;
}

}  // namespace burin::sdk
