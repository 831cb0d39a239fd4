// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// What a loaded model remembers between runs, with the embedded model.
#include "detail/remembered.hpp"

#include <c10/core/InferenceMode.h>

#include <boost/test/unit_test.hpp>

#include "core/detail/one_face.hpp"

namespace burin::test {
namespace {

using namespace burin::core;

DetailContext with(Remembered& remembered, Bench& bench, Loaded& loaded) {
  DetailContext warm = context(bench, loaded);
  warm.remembered = &remembered;
  return warm;
}

cv::Mat drawn(const DetailContext& context) { return detail(context).layers.at(0).colours; }

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF); }

}  // namespace

BOOST_AUTO_TEST_SUITE(remembered_results)

BOOST_AUTO_TEST_CASE(a_face_is_encoded_once_whatever_it_is_redrawn_with) {
  const c10::InferenceMode guard;
  Loaded model(at::kFloat);
  Remembered remembered;
  Bench bench;
  const cv::Mat first = drawn(with(remembered, bench, model));
  BOOST_TEST(remembered.latents.size() == 1U);
  BOOST_TEST(difference(first, drawn(context(bench, model))) == 0);
  BOOST_TEST(difference(first, drawn(with(remembered, bench, model))) == 0);

  bench.settings.seed = 99;
  bench.plan = make_plan(bench.segs, bench.job.semantics, bench.settings,
                         geometry_of(model.model.family, at::kFloat), 0);
  const cv::Mat reseeded = drawn(with(remembered, bench, model));
  BOOST_TEST(difference(reseeded, first) > 0);
  BOOST_TEST(difference(reseeded, drawn(context(bench, model))) == 0);
  BOOST_TEST(remembered.latents.size() == 1U);

  bench.picture.at<cv::Vec3b>(150, 170)[2] ^= 1;
  const cv::Mat touched = drawn(with(remembered, bench, model));
  BOOST_TEST(difference(touched, drawn(context(bench, model))) == 0);
  BOOST_TEST(remembered.latents.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_remembered_is_what_is_sampled_from) {
  const c10::InferenceMode guard;
  Loaded model(at::kFloat);
  Remembered remembered;
  Bench bench;
  const cv::Mat first = drawn(with(remembered, bench, model));
  auto known = remembered.latents.latest();
  known.second = -known.second;
  Remembered wrong;
  wrong.latents.add(known.first, known.second);
  BOOST_TEST(difference(first, drawn(with(wrong, bench, model))) > 1e-3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace burin::test
