// SPDX-License-Identifier: Apache-2.0
// Pauses, Retry-After and redirects, on a clock that does not run and a network that is not there.
#include "registry/request_sender.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::oci {
namespace {

using std::chrono::milliseconds;

class NoBody final : public HttpBody {
public:
  HttpResult<std::size_t> read(std::span<std::byte> /*buffer*/) override { return 0; }
};

struct Scripted {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<HttpFailure> failure = {};
};

class ScriptedTransport final : public HttpTransport {
public:
  HttpResult<HttpResponse> send(const HttpRequest& request) override {
    asked.push_back(request);
    const Scripted answer = answers.empty() ? Scripted{} : answers.front();
    if (!answers.empty())
      answers.pop_front();
    if (answer.failure)
      return tl::unexpected(HttpError{*answer.failure, "as scripted"});
    return HttpResponse{answer.status, answer.headers, std::make_unique<NoBody>()};
  }
  std::deque<Scripted> answers;
  std::vector<HttpRequest> asked;
};

class RequestSenderTest : public testing::Test {
protected:
  /// The status, or the error's message.
  std::string send(std::deque<Scripted> answers, const std::string& authorization = "") {
    m_transport->answers = std::move(answers);
    m_transport->asked.clear();
    m_slept.clear();
    RequestSender sender({m_transport, [this](milliseconds time) { m_slept.push_back(time); }, [] { return 1.0; },
                          [] { return std::chrono::system_clock::from_time_t(0); }},
                         m_options);
    const auto sent =
        sender.send({Url::parse(m_url, "URL").value(), {"Accept: x"}, SecretString(authorization), m_form, "it"});
    return sent ? std::to_string(sent->response.status) : sent.error().message;
  }
  bool was_sent_login(std::size_t request) const {
    return m_transport->asked.at(request).authorization.view() == "secret";
  }
  static Scripted redirect(const std::string& location) { return {302, {{"location", location}}}; }

  std::shared_ptr<ScriptedTransport> m_transport = std::make_shared<ScriptedTransport>();
  std::vector<milliseconds> m_slept;
  RegistryOptions m_options;
  std::string m_url = "https://h.example/x";
  std::optional<SecretString> m_form;
};

TEST_F(RequestSenderTest, PausesGrowUpToTheBound) {
  m_options.bounds.max_attempts = 10;
  m_options.bounds.max_pauses = std::chrono::hours(1);
  EXPECT_EQ(send(std::deque<Scripted>(9, Scripted{503})), "200");
  using namespace std::chrono_literals;
  EXPECT_EQ(m_slept, (std::vector<milliseconds>{500ms, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}));
  m_options.bounds.max_attempts = 2;
  EXPECT_EQ(send(std::deque<Scripted>(9, Scripted{503})), "503");
  EXPECT_EQ(m_slept.size(), 1U);
}

TEST_F(RequestSenderTest, ThePauseBeforeTheFirstAttemptIsTheShortest) {
  RequestSender sender({m_transport, [this](milliseconds time) { m_slept.push_back(time); }, [] { return 0.0; }, {}},
                       m_options);
  for (unsigned attempt = 0; attempt < 4; ++attempt)
    ASSERT_TRUE(sender.pause_before(attempt, "it"));
  ASSERT_TRUE(sender.pause_before(1'000'000, "it"));
  EXPECT_EQ(m_slept, (std::vector{milliseconds(250), milliseconds(250), milliseconds(250), milliseconds(500),
                                  milliseconds(30'000)}));
}

TEST_F(RequestSenderTest, OnlySomeAnswersAreWorthAnotherAttempt) {
  for (const int status : {429, 500, 502, 503, 504})
    EXPECT_EQ(send({{status}}), "200") << status;
  for (const int status : {400, 401, 403, 404, 416, 418, 501})
    EXPECT_EQ(send({{status}}), std::to_string(status));
  EXPECT_EQ(send({{0, {}, HttpFailure::dropped}, {0, {}, HttpFailure::stalled}}), "200");
  EXPECT_EQ(send({{0, {}, HttpFailure::no_connection}}), "cannot fetch it: cannot connect to h.example: as scripted");
  EXPECT_EQ(send({{0, {}, HttpFailure::no_tls}}), "cannot fetch it: h.example does not speak TLS: as scripted");
  EXPECT_EQ(send(std::deque<Scripted>(5, {0, {}, HttpFailure::dropped})),
            "cannot fetch it: the connection to h.example broke, 5 times: as scripted");
}

TEST_F(RequestSenderTest, RetryAfterIsWaitedForWithinTheBound) {
  EXPECT_EQ(send({{429, {{"retry-after", "7"}}}}), "200");
  EXPECT_EQ(m_slept, std::vector<milliseconds>{std::chrono::seconds(7)});
  EXPECT_EQ(send({{503, {{"retry-after", "Thu, 01 Jan 1970 00:00:09 GMT"}}}}), "200");
  EXPECT_EQ(m_slept, std::vector<milliseconds>{std::chrono::seconds(9)});
  EXPECT_EQ(send({{429, {{"retry-after", "61"}}}}), "429");
  EXPECT_TRUE(m_slept.empty());
}

TEST_F(RequestSenderTest, PausesTogetherAreBounded) {
  const Scripted busy{503, {{"retry-after", "60"}}};
  EXPECT_EQ(send({busy, busy}), "200");
  EXPECT_EQ(send({busy, busy, busy}),
            "cannot fetch it: the pauses before further attempts come to more than 120000 ms for one image");
  EXPECT_EQ(m_slept.size(), 2U);
}

TEST_F(RequestSenderTest, WhatIsTooSlowIsNotRepeated) {
  EXPECT_EQ(send({{0, {}, HttpFailure::too_slow}}), "cannot fetch it: h.example is too slow: as scripted");
  EXPECT_EQ(m_transport->asked.size(), 1U);
  EXPECT_NE(m_transport->asked.front().time, nullptr);
}

TEST(WaitingTime, IsSpentOfTheWholeToo) {
  const auto whole = std::make_shared<WaitingTime>(milliseconds(1500), "all");
  WaitingTime first(std::chrono::seconds(1), "it", whole);
  first.spend(milliseconds(1000));
  EXPECT_FALSE(first.is_over());
  first.spend(milliseconds(1));
  EXPECT_TRUE(first.is_over());
  EXPECT_EQ(first.reason(), "it may take 1 s");
  WaitingTime second(std::chrono::seconds(1), "it", whole);
  EXPECT_FALSE(second.is_over());
  second.spend(milliseconds(500));
  EXPECT_TRUE(second.is_over());
  EXPECT_EQ(second.reason(), "all may take 1500 ms");
}

TEST_F(RequestSenderTest, TheLoginStaysWithItsOrigin) {
  EXPECT_EQ(send({redirect("/y"), redirect("https://h.example:444/"), redirect("https://other.example/"),
                  redirect("https://h.example/z")},
                 "secret"),
            "200");
  ASSERT_EQ(m_transport->asked.size(), 5U);
  EXPECT_TRUE(was_sent_login(0));
  EXPECT_TRUE(was_sent_login(1));
  EXPECT_FALSE(was_sent_login(2));
  EXPECT_FALSE(was_sent_login(3));
  EXPECT_TRUE(was_sent_login(4));
}

TEST_F(RequestSenderTest, PlainHttpRedirectsToItselfOnly) {
  m_url = "http://127.0.0.1:5000/x";
  EXPECT_EQ(send({redirect("/y"), redirect("http://127.0.0.1:5000/z")}, "secret"), "200");
  EXPECT_TRUE(was_sent_login(2));
  for (const char* other : {"http://127.0.0.1:5001/", "http://127.0.0.2:5000/", "http://localhost:5000/",
                            "https://127.0.0.1:5000/", "https://h.example/"}) {
    EXPECT_THAT(send({redirect(other)}), testing::EndsWith("by plain HTTP a registry may redirect to itself only"));
    EXPECT_EQ(m_transport->asked.size(), 1U) << other;
  }
}

TEST_F(RequestSenderTest, RedirectsHaveTheirLimits) {
  EXPECT_EQ(send({redirect("http://h.example/x")}),
            "cannot fetch it: h.example redirects to http://h.example, which is not https");
  EXPECT_EQ(send({redirect("http://127.0.0.1/x")}),
            "cannot fetch it: h.example redirects to http://127.0.0.1, which is not https");
  EXPECT_EQ(send(std::deque<Scripted>(6, redirect("/x"))), "cannot fetch it: more than 5 redirects, from h.example on");
  EXPECT_EQ(send({{302}}), "cannot fetch it: h.example redirects to nowhere");
  EXPECT_EQ(send({redirect("https://me:secret@h.example/")}),
            "cannot fetch it: cannot use redirect of h.example to \"…\": it holds a user or a password");
  m_options.verify_tls = false;
  EXPECT_EQ(send({redirect("http://h.example/x")}),
            "cannot fetch it: h.example redirects to http://h.example, which is not https");
  m_url = "http://h.example/x";
  EXPECT_EQ(send({redirect("/y")}), "200");
  m_form = SecretString("refresh_token=secret");
  EXPECT_EQ(send({redirect("/x")}), "302") << "what is posted is posted once";
}

TEST_F(RequestSenderTest, RequestsAreCounted) {
  m_options.bounds.max_requests = 2;
  EXPECT_EQ(send({{503}, {503}, {503}}), "cannot fetch it: more than 2 requests for one image");
}

} // namespace
} // namespace kif::oci
