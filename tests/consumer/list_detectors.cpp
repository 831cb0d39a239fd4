// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// A host: opens the module named on the command line and asks its detector about a 400 x 200
// picture.
#include <burin/loader.h>
#include <burin/role/detector.h>

#include <cstdint>
#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: list_detectors MODULE\n");
    return 2;
  }
  burin_loader* loader = nullptr;
  const void* interface = nullptr;
  void* detector = nullptr;
  const auto failed = [] {
    std::fprintf(stderr, "%s\n", burin_last_error());
    return 1;
  };
  if (burin_loader_create(nullptr, &loader) != BURIN_OK) return failed();
  if (burin_loader_open(loader, argv[1]) != BURIN_OK) return failed();
  if (burin_loader_find(loader, BURIN_DETECTOR_ID, "org.example.centre", &interface, nullptr) !=
      BURIN_OK) {
    return failed();
  }
  const auto& role = *static_cast<const burin_detector*>(interface);
  if (role.create(burin_loader_host(loader), nullptr, &detector) != BURIN_OK) return failed();

  std::vector<std::uint8_t> pixels(400 * 200 * 3);
  std::int64_t shape[] = {200, 400, 3};
  DLTensor rgb{};
  rgb.data = pixels.data();
  rgb.ndim = 3;
  rgb.dtype = {kDLUInt, 8, 1};
  rgb.shape = shape;
  burin_detections found{};
  found.struct_size = sizeof found;
  if (role.detect(detector, &rgb, nullptr, nullptr, &found) != BURIN_OK) return failed();
  for (std::size_t i = 0; i < found.count; ++i) {
    const burin_detection& box = found.items[i];
    std::printf("%s %g %g %g %g\n", box.label, box.x1, box.y1, box.x2, box.y2);
  }
  found.release(&found);

  shape[2] = 4;
  if (role.detect(detector, &rgb, nullptr, nullptr, &found) != BURIN_E_INVALID) return 1;
  std::printf("refused: %s\n", burin_last_error());
  role.destroy(detector);
  burin_loader_destroy(loader);
  return 0;
}
