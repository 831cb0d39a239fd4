// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// OpenImageIO writing into an OutputFile, so that a full disk is noticed, and reading by chunks of
// rows.
#pragma once

#include <OpenImageIO/filesystem.h>
#include <OpenImageIO/imageio.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "burin/cpp/tensor.hpp"
#include "shared/output_file.hpp"
#include "shared/rows.hpp"

namespace burin::host {

/// An OpenImageIO sink over an OutputFile. Bytes of `inserted` go in after the first `insert_at`
/// bytes; then only sequential writes are possible.
class OutputProxy : public OIIO::Filesystem::IOProxy {
 public:
  explicit OutputProxy(OutputFile& out, std::vector<std::uint8_t> inserted = {},
                       size_t insert_at = 0);

  const char* proxytype() const override { return "burin"; }
  void close() override {}
  size_t read(void* bytes, size_t count) override;
  size_t write(const void* bytes, size_t count) override;
  size_t pread(void* bytes, size_t count, int64_t offset) override;
  size_t pwrite(const void* bytes, size_t count, int64_t offset) override;
  size_t size() const override { return static_cast<size_t>(out_.size()); }
  void flush() const override {}

 private:
  OutputFile& out_;
  std::vector<std::uint8_t> inserted_;
  size_t insert_at_;
};

/// Nothing where OpenImageIO's type is none of ours.
std::optional<sdk::PixelType> pixel_type_of(OIIO::TypeDesc type);
OIIO::TypeDesc type_of(sdk::PixelType type);

/// Opens with straight alpha. Throws sdk::Error (IMAGE).
std::unique_ptr<OIIO::ImageInput> open_input(const std::filesystem::path& file);

/// The pixels of the first picture of `in`. Throws sdk::Error (IMAGE) when any row cannot be read.
void read_rows(OIIO::ImageInput& in, const std::filesystem::path& file, int orientation,
               sdk::PixelBuffer& out);

/// Writes `rows` with the plug-in for `extension` (".png"). Throws sdk::Error (IO).
void write_rows(RowSource& rows, const char* extension, OIIO::ImageSpec spec, OutputFile& out,
                std::vector<std::uint8_t> inserted = {}, size_t insert_at = 0);

}  // namespace burin::host
