// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The role engine over the worker.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "burin/cpp/plugin.hpp"
#include "last_error.hpp"
#include "wire/reply.hpp"
#include "worker_engine.hpp"

namespace fs = std::filesystem;
namespace wire = burin::wire;
using burin::sdk::Error;
using burin::sdk::WorkerEngine;

struct burin_text {
  std::string text;
};

struct burin_result {
  std::vector<std::unique_ptr<wire::ReceivedLayer>> layers;  // in the order they came
  std::vector<std::size_t> order;                            // of the result
  std::vector<wire::Patch> patches;
  std::string report;
  std::int64_t height = 0, width = 0;
};

namespace {

// The sentence goes where the host looks, and to burin_last_error.
template <typename Body>
burin_status guarded(const burin_host* host, Body&& body) noexcept {
  const burin_status status = burin::sdk::remembering(std::forward<Body>(body));
  if (status != BURIN_OK && host != nullptr && BURIN_HAS(host, set_error) && host->set_error)
    host->set_error(host, burin::sdk::remembered_error());
  return status;
}

template <typename Body>
burin_status with(void* self, Body&& body) noexcept {
  auto* engine = static_cast<WorkerEngine*>(self);
  return guarded(engine ? engine->host() : nullptr, [&] {
    if (engine == nullptr) throw Error(BURIN_E_INVALID, "The engine is NULL.");
    body(*engine);
  });
}

void require_argument(const void* pointer, const char* name) {
  if (pointer == nullptr)
    throw Error(BURIN_E_INVALID, std::string("The argument ") + name + " is NULL.");
}

// The worker has a working folder of its own.
std::string folder_for(const WorkerEngine& engine, const char* base_dir) {
  const std::string given = base_dir ? base_dir : "";
  if (engine.is_remote()) return given.starts_with("/") ? given : "/" + given;
  return given.empty() ? fs::current_path().string() : fs::absolute(given).string();
}

wire::Message job_message(const WorkerEngine& engine, wire::Type type, const char* job,
                          const char* base_dir) {
  require_argument(job, "job");
  wire::Message message(type);
  wire::write_engine(message, engine.choice());
  message.text(wire::Id::job, job).text(wire::Id::base_dir, folder_for(engine, base_dir));
  return message;
}

void add_image(wire::Message& message, const burin_image* image) {
  require_argument(image, "image");
  require_argument(image->pixels, "image.pixels");
  message.tensor(wire::Id::image, *image->pixels);
  if (BURIN_HAS(image, icc_size) && image->icc && image->icc_size > 0)
    message.bytes(wire::Id::icc, {static_cast<const std::byte*>(image->icc), image->icc_size});
}

burin_text* text_of(const wire::Frame& answer) {
  const wire::Fields fields(answer.body.bytes());
  return new burin_text{std::string(fields.need_text(wire::Id::text))};
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : target_(target),
        name_((target.parent_path() / ("." + target.filename().string() + ".XXXXXX")).string()),
        descriptor_(mkostemp(name_.data(), 0)) {
    if (descriptor_ < 0) fail();
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!done_) unlink(name_.c_str());
  }

  void commit(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(descriptor_, 0666 & ~mask) != 0 || fsync(descriptor_) != 0 ||
        rename(name_.c_str(), target_.c_str()) != 0)
      fail();
    done_ = true;
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(BURIN_E_IO,
                "Writing " + target_.string() + " failed: " + std::strerror(errno) + ".");
  }

  fs::path target_;
  std::string name_;
  int descriptor_;
  bool done_ = false;
};

// Sends `message` with the name of the masks' file; what the worker put into that file goes to
// masks_path.
burin_text* segs_text(WorkerEngine& engine, wire::Message& message, const char* masks_path,
                      const burin_run* run) {
  const fs::path masks = masks_path ? masks_path : "";
  message.text(wire::Id::masks_name, masks.filename().string());
  const wire::Frame answer = engine.ask(message, wire::Type::text, run);
  const wire::Fields fields(answer.body.bytes());
  std::unique_ptr<burin_text> text(text_of(answer));
  if (const auto bytes = fields.bytes(wire::Id::masks); bytes && !masks.empty())
    TemporaryFile(masks).commit(*bytes);
  return text.release();
}

burin_status create(const burin_host* host, const burin_engine_options* options, void** self) {
  return guarded(host, [&] {
    require_argument(self, "self");
    burin_worker_options defaults = {};
    defaults.struct_size = sizeof defaults;
    defaults.client = host && BURIN_HAS(host, name) ? host->name : nullptr;
    *self = new WorkerEngine(burin::sdk::WorkerClient(&defaults), options, host);
  });
}

void destroy(void* self) { delete static_cast<WorkerEngine*>(self); }

burin_status complete_job(void* self, const char* job, const char* base_dir, burin_text** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message = job_message(engine, wire::Type::complete_job, job, base_dir);
    *out = text_of(engine.ask(message, wire::Type::text, nullptr));
  });
}

burin_status describe_model(void* self, const char* path, burin_text** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message(wire::Type::describe_model);
    wire::write_engine(message, engine.choice());
    if (path != nullptr)
      message.text(wire::Id::path, engine.is_remote() ? path : fs::absolute(path).string());
    *out = text_of(engine.ask(message, wire::Type::text, nullptr));
  });
}

burin_status plan(void* self, const char* job, const char* base_dir, const burin_image* image,
                  const burin_run* run, burin_text** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message = job_message(engine, wire::Type::plan, job, base_dir);
    add_image(message, image);
    *out = text_of(engine.ask(message, wire::Type::text, run));
  });
}

burin_status detect(void* self, const char* job, const char* base_dir, const burin_image* image,
                    const char* masks_path, const burin_run* run, burin_text** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message = job_message(engine, wire::Type::detect, job, base_dir);
    add_image(message, image);
    *out = segs_text(engine, message, masks_path, run);
  });
}

wire::Message segs_message(const WorkerEngine& engine, wire::Type type, const char* job,
                           const char* base_dir, int32_t width, int32_t height) {
  wire::Message message = job_message(engine, type, job, base_dir);
  message.integer(wire::Id::width, width).integer(wire::Id::height, height);
  return message;
}

burin_status edit_segs(void* self, const char* job, const char* base_dir, int32_t width,
                       int32_t height, const char* masks_path, const burin_run* run,
                       burin_text** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message =
        segs_message(engine, wire::Type::edit_segs, job, base_dir, width, height);
    *out = segs_text(engine, message, masks_path, run);
  });
}

burin_status segs_mask(void* self, const char* job, const char* base_dir, int32_t width,
                       int32_t height, const burin_run* run, burin_tensor* out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message =
        segs_message(engine, wire::Type::segs_mask, job, base_dir, width, height);
    auto mask = std::make_unique<wire::ReceivedMask>(engine.ask(message, wire::Type::mask, run));
    const DLTensor dl = mask->pixels().dl();
    burin::sdk::hand_over(std::move(mask), dl, *out);
  });
}

std::vector<std::size_t> order_from(const wire::Fields& fields, std::size_t came) {
  std::vector<std::size_t> order;
  for (const std::int64_t index : fields.integers(wire::Id::order)) {
    if (index < 0 || static_cast<std::size_t>(index) >= came)
      throw Error(BURIN_E_INTERNAL, "The worker names layer " + std::to_string(index) + " of the " +
                                        std::to_string(came) + " that it sent.");
    order.push_back(static_cast<std::size_t>(index));
  }
  return order;
}

void keep(burin_result& result, wire::Frame frame, const burin_run* run) {
  if (frame.type == wire::Type::patch) {
    result.patches.push_back(wire::read_patch(std::move(frame)));
  } else if (frame.type == wire::Type::layer) {
    result.layers.push_back(std::make_unique<wire::ReceivedLayer>(std::move(frame)));
    if (run && BURIN_HAS(run, layer_done) && run->layer_done)
      run->layer_done(run->ctx, &result.layers.back()->layer());
  } else if (run && BURIN_HAS(run, preview) && run->preview) {
    const wire::Fields fields(frame.body.bytes());
    const wire::TensorField pixels = fields.need_tensor(wire::Id::pixels);
    const DLTensor dl = pixels.dl();
    const auto number = [&](wire::Id id) { return static_cast<int32_t>(fields.need_integer(id)); };
    const burin_preview preview = {sizeof(burin_preview),
                                   fields.need_integer(wire::Id::id),
                                   number(wire::Id::x),
                                   number(wire::Id::y),
                                   number(wire::Id::width),
                                   number(wire::Id::height),
                                   &dl};
    run->preview(run->ctx, &preview);
  }
}

burin_status detail(void* self, const char* job, const char* base_dir, const burin_image* image,
                    const burin_run* run, burin_result** out) {
  return with(self, [&](WorkerEngine& engine) {
    require_argument(out, "out");
    wire::Message message = job_message(engine, wire::Type::detail, job, base_dir);
    const bool previews = run && BURIN_HAS(run, preview) && run->preview;
    const std::int64_t patches = wire::wants_patches;
    message.integer(wire::Id::wants, previews ? patches | wire::wants_previews : patches);
    add_image(message, image);
    auto result = std::make_unique<burin_result>();
    result->height = image->pixels->shape[0];
    result->width = image->pixels->shape[1];
    const wire::Frame answer = engine.ask(message, wire::Type::result, run, [&](wire::Frame frame) {
      keep(*result, std::move(frame), run);
    });
    const wire::Fields fields(answer.body.bytes());
    result->report = fields.need_text(wire::Id::report);
    result->order = order_from(fields, result->layers.size());
    *out = result.release();
  });
}

size_t layer_count(const burin_result* result) { return result ? result->order.size() : 0; }

burin_status layer(const burin_result* result, size_t index, burin_layer* out) {
  return guarded(nullptr, [&] {
    require_argument(result, "result");
    require_argument(out, "out");
    if (index >= result->order.size())
      throw Error(BURIN_E_INVALID, "Layer " + std::to_string(index) +
                                       " was asked for, but there are " +
                                       std::to_string(result->order.size()) + ", counted from 0.");
    burin_layer filled = result->layers[result->order[index]]->layer();
    const uint32_t first_revision = offsetof(burin_layer, control_count);
    filled.struct_size = std::min<uint32_t>(
        out->struct_size == 0 ? first_revision : out->struct_size, sizeof filled);
    std::memcpy(out, &filled, filled.struct_size);
  });
}

const char* report(const burin_result* result) { return result ? result->report.c_str() : ""; }

burin_status flatten(const burin_result* result, DLTensor* pixels) {
  return guarded(nullptr, [&] {
    require_argument(result, "result");
    require_argument(pixels, "pixels");
    if (pixels->ndim != 3 || pixels->shape[0] != result->height ||
        pixels->shape[1] != result->width)
      throw Error(BURIN_E_IMAGE,
                  "The picture to flatten is not as large as the one that was "
                  "detailed, " +
                      std::to_string(result->width) + " x " + std::to_string(result->height) + ".");
    for (const wire::Patch& patch : result->patches) wire::apply_patch(patch, *pixels);
  });
}

void release_result(burin_result* result) { delete result; }
const char* text(const burin_text* text) { return text ? text->text.c_str() : ""; }
void release_text(burin_text* text) { delete text; }

constexpr burin_engine worker_role = {sizeof(burin_engine),
                                      create,
                                      destroy,
                                      complete_job,
                                      describe_model,
                                      plan,
                                      detect,
                                      detail,
                                      layer_count,
                                      layer,
                                      report,
                                      flatten,
                                      release_result,
                                      text,
                                      release_text,
                                      edit_segs,
                                      segs_mask};

}  // namespace

const burin_engine* burin_worker_engine(void) { return &worker_role; }

burin_status burin_worker_create_engine(burin_worker* worker, const burin_engine_options* options,
                                        void** self) {
  return guarded(nullptr, [&] {
    require_argument(worker, "worker");
    require_argument(self, "self");
    *self = new WorkerEngine(worker->client, options, worker->client.host());
  });
}
