// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// Layouts, guard pages and pictures.
#include "test_tensor.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <new>
#include <numeric>
#include <utility>

namespace burin::check {
namespace {

constexpr std::size_t lead_bytes = 64;  // before the first element of Layout::offset
constexpr std::int64_t row_padding = 5;

std::int64_t product(const std::vector<std::int64_t>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<std::int64_t> c_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

}  // namespace

const char* name_of(Layout layout) {
  switch (layout) {
    case Layout::packed:
      return "packed";
    case Layout::padded:
      return "with padded rows";
    case Layout::offset:
      return "with a byte_offset";
    case Layout::flipped:
      return "with a negative stride";
    case Layout::permuted:
      return "with its last dimension outermost";
  }
  return "?";
}

TestTensor::TestTensor(DLDataType dtype, std::vector<std::int64_t> shape, Layout layout)
    : shape_(std::move(shape)), strides_(c_strides(shape_)), element_(dtype.bits / 8U) {
  std::int64_t elements = product(shape_), first = 0;
  std::size_t lead = 0;
  if (layout == Layout::padded && shape_.size() > 1) {
    strides_[0] += row_padding;
    elements = shape_[0] * strides_[0];
  } else if (layout == Layout::offset) {
    lead = lead_bytes;
  } else if (layout == Layout::flipped && !shape_.empty() && elements > 0) {
    first = (shape_[0] - 1) * strides_[0];
    strides_[0] = -strides_[0];
  } else if (layout == Layout::permuted && shape_.size() > 1) {
    const std::int64_t last = shape_.back();
    strides_.back() = last == 0 ? 1 : elements / last;
    std::int64_t stride = 1;
    for (std::size_t i = shape_.size() - 1; i-- > 0;) {
      strides_[i] = stride;
      stride *= shape_[i];
    }
  }
  bytes_ = lead + static_cast<std::size_t>(elements) * element_;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  page_bytes_ = (bytes_ + page - 1) / page * page + page;
  void* pages =
      ::mmap(nullptr, page_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<std::uint8_t*>(pages);
  ::mprotect(pages_ + page_bytes_ - page, page, PROT_NONE);
  begin_ = pages_ + page_bytes_ - page - bytes_;

  dl_.device = {kDLCPU, 0};
  dl_.dtype = dtype;
  dl_.ndim = static_cast<int32_t>(shape_.size());
  dl_.shape = shape_.data();
  dl_.strides = layout == Layout::packed || layout == Layout::offset ? nullptr : strides_.data();
  dl_.data = begin_ + static_cast<std::size_t>(first) * element_;
  dl_.byte_offset = lead;
}

TestTensor::TestTensor(TestTensor&& other) noexcept
    : shape_(std::move(other.shape_)),
      strides_(std::move(other.strides_)),
      dl_(other.dl_),
      pages_(std::exchange(other.pages_, nullptr)),
      page_bytes_(other.page_bytes_),
      bytes_(other.bytes_),
      element_(other.element_),
      begin_(other.begin_),
      watched_(std::move(other.watched_)) {}

TestTensor::~TestTensor() {
  if (pages_ != nullptr) ::munmap(pages_, page_bytes_);
}

std::int64_t TestTensor::size() const { return product(shape_); }

std::size_t TestTensor::position(std::int64_t index) const {
  std::int64_t at = dl_.strides == nullptr ? index : 0;
  for (std::size_t i = dl_.strides == nullptr ? 0 : shape_.size(); i-- > 0;) {
    at += index % shape_[i] * strides_[i];
    index /= shape_[i];
  }
  const auto* first = static_cast<const std::uint8_t*>(dl_.data) + dl_.byte_offset;
  return static_cast<std::size_t>(first - begin_ + at * static_cast<std::int64_t>(element_));
}

void TestTensor::set(std::int64_t index, double value) {
  std::uint8_t* at = begin_ + position(index);
  if (dl_.dtype.code == kDLFloat && element_ == sizeof(float)) {
    const auto number = static_cast<float>(value);
    std::memcpy(at, &number, sizeof number);
  } else if (element_ == 1) {
    *at = static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255));
  } else {
    std::memset(at, static_cast<int>(std::clamp(value, 0.0, 1.0) * 255), element_);
  }
}

double TestTensor::get(std::int64_t index) const {
  const std::uint8_t* at = begin_ + position(index);
  if (element_ != sizeof(float)) return *at;
  float number = 0;
  std::memcpy(&number, at, sizeof number);
  return static_cast<double>(number);
}

void TestTensor::watch() { watched_.assign(begin_, begin_ + bytes_); }

std::string TestTensor::change() const {
  const auto [now, then] = std::mismatch(begin_, begin_ + bytes_, watched_.begin());
  if (now == begin_ + bytes_) return "";
  return "byte " + std::to_string(now - begin_) + " of " + std::to_string(bytes_) + " is " +
         std::to_string(*now) + " and was " + std::to_string(*then);
}

namespace {

// A face as a child draws it, in the middle of a ground that gets lighter downwards.
double scene(double x, double y, int channel) {
  const auto inside = [&](double cx, double cy, double rx, double ry) {
    const double dx = (x - cx) / rx, dy = (y - cy) / ry;
    return dx * dx + dy * dy < 1;
  };
  if (inside(0.42, 0.42, 0.04, 0.03) || inside(0.58, 0.42, 0.04, 0.03)) return 0.1;
  if (inside(0.5, 0.66, 0.1, 0.03)) return channel == 0 ? 0.7 : 0.2;
  if (inside(0.5, 0.5, 0.2, 0.28)) return channel == 0 ? 0.9 : channel == 1 ? 0.75 : 0.65;
  if (inside(0.5, 0.4, 0.24, 0.3)) return 0.25;
  if (x > 0.05 && x < 0.15 && y > 0.6 && y < 0.9) return channel == 2 ? 0.8 : 0.1;
  return 0.4 + 0.4 * y;
}

}  // namespace

void paint(TestTensor& tensor, Paint what, std::uint64_t seed) {
  Random random(seed);
  const auto& shape = tensor.shape();
  const std::int64_t channels = shape.size() > 2 ? shape.back() : 1;
  const std::int64_t width = shape.size() > 1 ? shape[1] : 1;
  const std::int64_t height = shape.empty() ? 1 : shape[0];
  for (std::int64_t i = 0, n = tensor.size(); i < n; ++i) {
    const auto channel = static_cast<int>(i % channels);
    const double x = (static_cast<double>(i / channels % width) + 0.5) / static_cast<double>(width);
    const double y =
        (static_cast<double>(i / channels / width % height) + 0.5) / static_cast<double>(height);
    double value = 0.5;
    if (what == Paint::scene) value = scene(x, y, channel) + 0.02 * (random.unit() - 0.5);
    if (what == Paint::noise) value = random.unit();
    if (what == Paint::step) value = x < 0.5 ? 0.1 : 0.9;
    tensor.set(i, value);
  }
}

std::string form_fault(const DLTensor& tensor, const std::vector<std::int64_t>& shape) {
  const auto as_text = [](const std::int64_t* lengths, std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) {
      text += (i ? ", " : "") + std::to_string(lengths[i]);
    }
    return text + "]";
  };
  if (tensor.device.device_type != kDLCPU) return "is not on the CPU";
  if (tensor.dtype.code != kDLFloat || tensor.dtype.bits != 32 || tensor.dtype.lanes != 1) {
    return "is not float32";
  }
  if (tensor.shape == nullptr || tensor.ndim != static_cast<int32_t>(shape.size()) ||
      !std::equal(shape.begin(), shape.end(), tensor.shape)) {
    const bool readable = tensor.shape != nullptr && tensor.ndim >= 0 && tensor.ndim <= 8;
    return "has the shape " +
           (readable ? as_text(tensor.shape, static_cast<std::size_t>(tensor.ndim)) : "NULL") +
           "; expected is " + as_text(shape.data(), shape.size());
  }
  if (tensor.data == nullptr) return "has no data";
  if (tensor.strides != nullptr) {
    const auto strides = c_strides(shape);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] > 1 && tensor.strides[i] != strides[i]) {
        return "has the strides " + as_text(tensor.strides, shape.size()) +
               ", which are not C order";
      }
    }
  }
  return "";
}

std::string bytes_of(const DLTensor& tensor) {
  std::int64_t elements = 1;
  for (int32_t i = 0; i < tensor.ndim; ++i) elements *= tensor.shape[i];
  const auto* data = static_cast<const char*>(tensor.data) + tensor.byte_offset;
  return {data, static_cast<std::size_t>(elements) * tensor.dtype.bits / 8};
}

namespace {

std::pair<const char*, const char*> memory_of(const DLTensor& tensor) {
  const auto element = static_cast<std::ptrdiff_t>(tensor.dtype.bits / 8U);
  std::ptrdiff_t first = 0, last = 0, packed = 1;
  for (int32_t i = tensor.ndim; i-- > 0;) {
    if (tensor.shape[i] < 1) return {nullptr, nullptr};
    const std::ptrdiff_t stride = tensor.strides ? tensor.strides[i] : packed;
    packed *= tensor.shape[i];
    (stride < 0 ? first : last) += (tensor.shape[i] - 1) * stride;
  }
  const auto* data = static_cast<const char*>(tensor.data) + tensor.byte_offset;
  return {data + first * element, data + (last + 1) * element};
}

}  // namespace

bool share_memory(const DLTensor& a, const DLTensor& b) {
  if (a.data == nullptr || b.data == nullptr || a.shape == nullptr || b.shape == nullptr) {
    return false;
  }
  const auto [a_begin, a_end] = memory_of(a);
  const auto [b_begin, b_end] = memory_of(b);
  return std::less<>()(a_begin, b_end) && std::less<>()(b_begin, a_end);
}

std::vector<float> floats_of(const DLTensor& tensor) {
  const std::string bytes = bytes_of(tensor);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

}  // namespace burin::check
