// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// The protocol byte by byte, and what is no protocol.
#include <sys/stat.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <cstring>

#include "hosts/worker/workplace.hpp"

using namespace burin;
using namespace burin::test;

namespace {

std::string string_of(const wire::Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

wire::Fields fields_of(const std::string& body) {
  return wire::Fields(std::as_bytes(std::span(body)));
}

std::string field(int id, int kind, std::uint64_t length, const std::string& value) {
  std::string bytes = {static_cast<char>(id), 0, static_cast<char>(kind), 0, 0, 0, 0, 0};
  bytes.append(reinterpret_cast<const char*>(&length), 8);
  bytes += value;
  bytes.append((8 - value.size() % 8) % 8, '\0');
  return bytes;
}

std::string header(const std::string& magic, std::uint32_t type, std::uint64_t length) {
  std::string bytes = magic;
  bytes.append(reinterpret_cast<const char*>(&type), 4);
  bytes.append(reinterpret_cast<const char*>(&length), 8);
  return bytes;
}

std::string tensor_head(int code, int bits, int ndim, std::vector<std::int64_t> shape) {
  std::string bytes = {
      static_cast<char>(code), static_cast<char>(bits), static_cast<char>(ndim), 0, 0, 0, 0, 0};
  for (const auto each : shape) bytes.append(reinterpret_cast<const char*>(&each), 8);
  return bytes;
}

wire::Frame frame_of(wire::Message message) {
  wire::FrameReader reader(wire::body_limit);
  const wire::Buffer bytes = message.pack();
  std::size_t at = 0;
  for (;;) {
    const auto room = reader.room();
    const std::size_t count = std::min(room.size(), bytes.size() - at);
    std::memcpy(room.data(), bytes.data() + at, count);
    at += count;
    if (reader.filled(count)) return reader.take();
  }
}

// A worker's end of a socket at this path.
int listen_at(const std::string& path) {
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  BOOST_REQUIRE(bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(listen(listening, 4) == 0);
  return listening;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_format)

BOOST_AUTO_TEST_CASE(a_message_is_what_the_document_says) {
  wire::Message message(wire::Type::error);
  message.integer(wire::Id::status, 6).text(wire::Id::text, "Cancelled.");
  const std::string expected = header("BRNW", 4, 16 + 8 + 16 + 16) +
                               field(5, 1, 8, std::string("\6\0\0\0\0\0\0\0", 8)) +
                               field(6, 3, 10, "Cancelled.");
  BOOST_TEST((string_of(message.pack()) == expected));
}

BOOST_AUTO_TEST_CASE(frames_come_whole_however_they_are_cut) {
  wire::Message message(wire::Type::progress);
  message.text(wire::Id::text, std::string(3000000, 'x'));
  const wire::Buffer bytes = message.pack();
  for (const std::size_t step : {std::size_t{1} << 30, std::size_t{65537}, std::size_t{4093}}) {
    wire::FrameReader reader(wire::body_limit);
    int frames = 0;
    for (int round = 0; round < 2; ++round)
      for (std::size_t at = 0; at < bytes.size();) {
        const auto room = reader.room();
        BOOST_REQUIRE(!room.empty());
        const std::size_t count = std::min({room.size(), bytes.size() - at, step});
        std::memcpy(room.data(), bytes.data() + at, count);
        at += count;
        if (!reader.filled(count)) continue;
        BOOST_TEST(wire::Fields(reader.take().body.bytes()).text(wire::Id::text)->size() ==
                   3000000u);
        ++frames;
      }
    BOOST_TEST(frames == 2);
    BOOST_TEST(!reader.amid());
  }
}

BOOST_AUTO_TEST_CASE(an_announced_length_takes_no_memory) {
  wire::FrameReader reader(wire::body_limit);
  const std::string bytes = header("BRNW", 20, wire::body_limit);
  std::memcpy(reader.room().data(), bytes.data(), 16);
  BOOST_TEST(!reader.filled(16));
  BOOST_TEST(reader.room().size() <= (1u << 20));
}

BOOST_AUTO_TEST_CASE(tensors_with_any_strides_arrive_packed) {
  std::vector<std::uint16_t> values(4 * 5 * 3);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint16_t>(i);
  std::int64_t shape[3] = {2, 3, 2}, strides[3] = {30, 6, 1};  // every second row and pixel
  DLTensor dl = {};
  dl.data = values.data();
  dl.byte_offset = 2;
  dl.device = {kDLCPU, 0};
  dl.ndim = 3;
  dl.dtype = {kDLUInt, 16, 1};
  dl.shape = shape;
  dl.strides = strides;
  wire::Message message(wire::Type::patch);
  message.tensor(wire::Id::pixels, dl);
  const wire::Frame frame = frame_of(std::move(message));
  const auto field = wire::Fields(frame.body.bytes()).need_tensor(wire::Id::pixels);
  std::vector<std::uint16_t> came(12);
  BOOST_REQUIRE(field.bytes == 24u);
  std::memcpy(came.data(), field.data, 24);
  BOOST_TEST((came == std::vector<std::uint16_t>{1, 2, 7, 8, 13, 14, 31, 32, 37, 38, 43, 44}));
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(field.data) % 8 == 0u);
}

BOOST_AUTO_TEST_CASE(broken_fields_are_refused_each_with_a_sentence) {
  const std::string eight(8, '\1');
  const std::vector<std::string> broken = {
      std::string(15, '\0'),                                       // less than a header
      field(6, 3, 100, "short"),                                   // longer than the body
      field(6, 3, ~std::uint64_t{0}, "short"),                     // and so long that sums wrap
      field(6, 3, 5, "short").substr(0, 21),                       // no padding
      field(5, 1, 4, "four"),                                      // a number of four bytes
      field(6, 3, 5, std::string("a\0b", 3) + "cd"),               // a zero in a text
      field(20, 5, 4, "four"),                                     // tensors: no header
      field(20, 5, 8, tensor_head(1, 8, 3, {})),                   // no shape
      field(20, 5, 8, tensor_head(1, 8, 200, {})),                 // too many dimensions
      field(20, 5, 16, tensor_head(1, 7, 1, {1})),                 // seven bits
      field(20, 5, 16, tensor_head(9, 8, 1, {1})),                 // no such code
      field(20, 5, 16, tensor_head(1, 8, 1, {-1})),                // negative
      field(20, 5, 16, tensor_head(1, 8, 1, {5})),                 // fewer bytes than it says
      field(20, 5, 24, tensor_head(1, 8, 2, {1 << 30, 1 << 30})),  // too large
      field(20, 5, 40, tensor_head(1, 64, 4, {1LL << 33, 1LL << 33, 1LL << 33, 1LL << 33}))};
  for (const std::string& body : broken) {
    const auto error = error_of([&] { fields_of(body); });
    BOOST_TEST(error.status() == BURIN_E_INVALID);
    BOOST_TEST(std::string(error.what()).ends_with("."), error.what());
  }
  std::string many;
  for (size_t i = 0; i <= wire::most_fields; ++i) many += field(200, 4, 0, "");
  BOOST_TEST(error_of([&] { fields_of(many); }).status() == BURIN_E_INVALID);
  // What is not known is no error: a newer peer may say more.
  BOOST_TEST(fields_of(field(200, 77, 3, "abc") + field(5, 1, 8, eight))
                 .integer(wire::Id::status)
                 .has_value());
  BOOST_TEST(error_of([&] { fields_of(field(5, 3, 1, "a")).integer(wire::Id::status); }).status() ==
             BURIN_E_INVALID);
}

BOOST_AUTO_TEST_CASE(broken_requests_are_refused) {
  const auto refused = [](wire::Message message) {
    return error_of([&] { wire::read_request(frame_of(std::move(message))); }).status();
  };
  auto pixels = noise(4, 4, 3, sdk::PixelType::u8);
  const sdk::TensorView view(pixels);
  const auto detail = [&] {
    wire::Message message(wire::Type::detail);
    message.text(wire::Id::job, "{}");
    return message;
  };
  BOOST_TEST(refused(std::move(detail().tensor(wire::Id::image, *view.dl()))) == BURIN_OK);
  BOOST_TEST(refused(detail()) == BURIN_E_INVALID);
  BOOST_TEST(refused(wire::Message(wire::Type::complete_job)) == BURIN_E_INVALID);
  BOOST_TEST(refused(wire::Message(wire::Type::welcome)) == BURIN_E_INVALID);
  BOOST_TEST(refused(wire::Message(static_cast<wire::Type>(999))) == BURIN_E_INVALID);
  for (const char* name : {"../masks", "a/b", "..", "."}) {
    wire::Message message(wire::Type::detect);
    message.text(wire::Id::job, "{}").tensor(wire::Id::image, *view.dl());
    message.text(wire::Id::masks_name, name);
    BOOST_TEST(refused(std::move(message)) == BURIN_E_INVALID);
    wire::Message edit(wire::Type::edit_segs);
    edit.text(wire::Id::job, "{}").text(wire::Id::masks_name, name);
    BOOST_TEST(refused(std::move(edit)) == BURIN_E_INVALID);
  }
  for (const std::int64_t side : {std::int64_t{-1}, std::int64_t{1} << 31}) {
    wire::Message mask(wire::Type::segs_mask);
    mask.text(wire::Id::job, "{}").integer(wire::Id::height, side);
    BOOST_TEST(refused(std::move(mask)) == BURIN_E_INVALID);
  }
  BOOST_TEST(refused(wire::Message(wire::Type::segs_mask)) == BURIN_E_INVALID);
  std::int64_t empty[3] = {0, 4, 3};
  DLTensor none = *view.dl();
  none.shape = empty;
  BOOST_TEST(refused(std::move(detail().tensor(wire::Id::image, none))) == BURIN_E_IMAGE);
  wire::Message threads(wire::Type::complete_job);
  threads.text(wire::Id::job, "{}").integer(wire::Id::threads, -1);
  BOOST_TEST(refused(std::move(threads)) == BURIN_E_INVALID);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(worker_protocol, Workplace)

BOOST_AUTO_TEST_CASE(what_is_no_protocol_is_answered_and_the_worker_goes_on) {
  sdk::Worker().connect();
  const pid_t before = pid();
  std::mt19937 random(3);
  std::string noise_bytes(100000, '\0');
  for (char& c : noise_bytes) c = static_cast<char>(random());
  const std::vector<std::string> garbage = {"GET / HTTP/1.1\r\n\r\n",
                                            noise_bytes,
                                            header("BRNW", 1, ~std::uint64_t{0}),
                                            header("BRNW", 1, wire::greeting_limit + 1),
                                            header("BRNW", 1, 0),
                                            header("BRNW", 21, 0),
                                            header("BRNW", 1, 24) + field(1, 3, 3, "one")};
  for (const std::string& bytes : garbage) {
    RawClient raw(socket());
    raw.send(bytes);
    const auto frame = raw.receive();
    BOOST_REQUIRE(frame.has_value());
    BOOST_TEST((frame->type == wire::Type::error));
    BOOST_TEST(wire::read_error(*frame).status() == BURIN_E_INVALID);
    BOOST_TEST(!raw.receive().has_value());
  }
  // Cut off anywhere in a greeting and a request.
  wire::Message hello(wire::Type::hello);
  hello.integer(wire::Id::major, 1).integer(wire::Id::minor, 0);
  wire::Message detail(wire::Type::detail);
  detail.text(wire::Id::job, job_of("one")).tensor(wire::Id::image, *view.dl());
  const std::string whole = string_of(hello.pack()) + string_of(detail.pack());
  for (size_t cut = 0; cut < whole.size(); cut += 13) {
    RawClient raw(socket());
    raw.send(whole.substr(0, cut));
  }
  {
    RawClient huge(socket());
    BOOST_TEST(huge.greet());
    huge.send(header("BRNW", 20, wire::body_limit + 1));
    BOOST_TEST((huge.receive()->type == wire::Type::error));
    BOOST_TEST(!huge.receive().has_value());
  }
  BOOST_TEST(pid() == before);
  BOOST_TEST(becomes([] { return status().clients == 1; }));
  BOOST_TEST(sdk::Worker().engine().detail(job_of("one"), {}, image()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_broken_request_is_an_error_and_the_next_one_works) {
  sdk::Worker().connect();
  RawClient raw(socket());
  BOOST_TEST(raw.greet());
  raw.send(wire::Message(wire::Type::detail));
  BOOST_TEST((raw.answer()->type == wire::Type::error));
  raw.send(wire::Message(wire::Type::cancel));  // late
  raw.send(wire::Message(wire::Type::status));
  BOOST_TEST((raw.answer()->type == wire::Type::state));
  wire::Message job(wire::Type::detail);
  job.text(wire::Id::job, job_of("cancel")).tensor(wire::Id::image, *view.dl());
  raw.send(std::move(job));
  BOOST_TEST((raw.receive()->type == wire::Type::progress));
  raw.send(wire::Message(wire::Type::status));  // before the answer
  BOOST_TEST(wire::read_error(*raw.answer()).status() == BURIN_E_INVALID);
  BOOST_TEST(becomes([] { return status().jobs_running == 0; }));
}

BOOST_AUTO_TEST_CASE(another_major_is_refused_by_either_side_naming_both) {
  sdk::Worker().connect();
  RawClient raw(socket());
  wire::Message hello(wire::Type::hello);
  hello.integer(wire::Id::major, 9).integer(wire::Id::minor, 4);
  raw.send(std::move(hello));
  const auto refusal = wire::read_error(*raw.receive());
  BOOST_TEST(refusal.status() == BURIN_E_UNSUPPORTED);
  BOOST_TEST(std::string(refusal.what()).find("9.4") != std::string::npos, refusal.what());
  BOOST_TEST(std::string(refusal.what()).find("1.1") != std::string::npos, refusal.what());
  BOOST_TEST(!raw.receive().has_value());
  sdk::Worker().stop();

  const int listening = listen_at(socket());
  std::thread other([&] {
    RawClient served(accept(listening, nullptr, nullptr));
    served.receive();
    wire::Message welcome(wire::Type::welcome);
    welcome.integer(wire::Id::major, 7).integer(wire::Id::minor, 0);
    served.send(std::move(welcome));
    served.receive();
  });
  const auto error = error_of([] { sdk::Worker().connect(); });
  BOOST_TEST(error.status() == BURIN_E_UNSUPPORTED);
  BOOST_TEST(std::string(error.what()).find("protocol 7 and this program 1") != std::string::npos,
             error.what());
  other.join();
  close(listening);
  unlink(socket().c_str());
}

BOOST_AUTO_TEST_CASE(an_older_minor_is_good_for_all_but_what_it_lacks) {
  std::filesystem::create_directory(path / "burin");
  chmod((path / "burin").c_str(), 0700);
  const int listening = listen_at(socket());
  std::thread other([&] {
    RawClient served(accept(listening, nullptr, nullptr));
    served.receive();
    wire::Message welcome(wire::Type::welcome);
    welcome.integer(wire::Id::major, 1).integer(wire::Id::minor, 0);
    served.send(std::move(welcome));
    const auto request = served.receive();
    BOOST_TEST((request && request->type == wire::Type::complete_job));
    wire::Message text(wire::Type::text);
    text.text(wire::Id::text, "{}");
    served.send(std::move(text));
    served.receive();
  });
  {
    sdk::Engine engine = sdk::Worker().engine();
    const auto error = error_of([&] { engine.edit_segs("{}", {}); });
    BOOST_TEST(error.status() == BURIN_E_UNSUPPORTED);
    BOOST_TEST(std::string(error.what()).find("speaks protocol 1.0, which cannot do this") !=
                   std::string::npos,
               error.what());
    BOOST_TEST(engine.complete_job("{}") == "{}");
  }
  other.join();
  close(listening);
  unlink(socket().c_str());
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_holds_nobody_up) {
  sdk::Worker().connect();
  RawClient raw(socket());
  BOOST_TEST(raw.greet());
  auto large = noise(1024, 1024, 4, sdk::PixelType::f32);
  const sdk::TensorView big(large);
  wire::Message job(wire::Type::detail);
  job.text(wire::Id::job, job_of("steps 50")).tensor(wire::Id::image, *big.dl());
  const wire::Buffer bytes = job.pack();
  BOOST_TEST(raw.send(bytes.bytes()));
  const auto start = Clock::now();
  BOOST_TEST(sdk::Worker().engine().detail(job_of("one"), {}, image()).size() == 1u);
  BOOST_TEST(seconds_since(start) < 60);
}

BOOST_AUTO_TEST_SUITE_END()
