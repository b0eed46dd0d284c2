// SPDX-License-Identifier: Apache-2.0
#include "registry/credentials.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace kif::oci {
namespace {

AuthFile parsed(std::string_view text) {
  return AuthFile::parse(text, "F").value();
}
std::string why_not(std::string_view text) {
  const auto file = AuthFile::parse(text, "F");
  return file ? "good" : file.error().message;
}
std::string user_for(const AuthFile& file, const std::string& host, const std::string& repository) {
  const Credentials* const found = file.find(host, repository);
  return found == nullptr ? "none" : found->user;
}

TEST(AuthFile, EveryFormOfALogin) {
  const AuthFile file = parsed(R"({"auths":{
    "a":{"auth":"bWU6c2VjOnJldA=="},
    "b":{"username":"you","password":"p"},
    "c":{"auth":"PHRva2VuPjo=","identitytoken":"t"},
    "d":{},
    "e":{"auth":"bWU6AAA="}},
    "credHelpers":{"f":"cloud"},"credsStore":"secretservice","HttpHeaders":{"x":"y"}})");
  EXPECT_EQ(file.auths.at("a").user, "me");
  EXPECT_EQ(file.auths.at("a").password.view(), "sec:ret");
  EXPECT_EQ(file.auths.at("a").source, "F");
  EXPECT_EQ(file.auths.at("b").user, "you");
  EXPECT_EQ(file.auths.at("c").identity_token.view(), "t");
  EXPECT_FALSE(file.auths.at("c").has_password());
  EXPECT_FALSE(file.auths.contains("d")) << "an empty entry stands for a helper's";
  EXPECT_EQ(file.auths.at("e").password.view(), "") << "padded with zero bytes";
  EXPECT_EQ(file.helper_for("f"), "cloud");
  EXPECT_EQ(file.helper_for("x"), "secretservice");
  EXPECT_EQ(parsed("{}").helper_for("x"), "");
}

TEST(AuthFile, TheLongestPrefixCounts) {
  const AuthFile file = parsed(R"({"auths":{
    "h:5000":{"username":"host"},"h:5000/a":{"username":"a"},"h:5000/a/b/c":{"username":"abc"},
    "https://index.docker.io/v1/":{"username":"docker"},"https://q.example/v2/":{"username":"q"}}})");
  EXPECT_EQ(user_for(file, "h:5000", "x"), "host");
  EXPECT_EQ(user_for(file, "h:5000", "a"), "a");
  EXPECT_EQ(user_for(file, "h:5000", "a/b"), "a");
  EXPECT_EQ(user_for(file, "h:5000", "a/b/c"), "abc");
  EXPECT_EQ(user_for(file, "h:5000", "ab"), "host");
  EXPECT_EQ(user_for(file, "h", "a"), "none");
  EXPECT_EQ(user_for(file, "docker.io", "library/alpine"), "docker");
  EXPECT_EQ(user_for(file, "q.example", "x"), "q");
}

TEST(AuthFile, KeysOfOlderProgramsAreUnderstood) {
  EXPECT_EQ(registry_key("https://index.docker.io/v1/"), "docker.io");
  EXPECT_EQ(registry_key("index.docker.io"), "docker.io");
  EXPECT_EQ(registry_key("registry-1.docker.io/a"), "docker.io/a");
  EXPECT_EQ(registry_key("http://h:1/v2/"), "h:1");
  EXPECT_EQ(registry_key("h/a/"), "h/a");
  EXPECT_EQ(registry_key("index.docker.io.evil"), "index.docker.io.evil");
}

TEST(AuthFile, WhatIsWrongIsSaidWithoutTheSecret) {
  EXPECT_EQ(why_not("{"), "cannot read F: not JSON at byte 2");
  EXPECT_EQ(why_not(R"({"auths":[]})"), "cannot read F: auths is an array, not an object");
  EXPECT_EQ(why_not(R"({"auths":{"h":{"auth":"secret"}}})"),
            "cannot read F: auths.h.auth is not the base64 of USER:PASSWORD");
  EXPECT_EQ(why_not(R"({"auths":{"h":{"auth":"bWU="}}})"),
            "cannot read F: auths.h.auth is not the base64 of USER:PASSWORD");
  EXPECT_EQ(why_not(R"({"auths":{"h":{"auth":"===="}}})"),
            "cannot read F: auths.h.auth is not the base64 of USER:PASSWORD");
  EXPECT_EQ(why_not(R"({"auths":{"h":{"password":1}}})"), "cannot read F: auths.h.password is a number, not a string");
}

std::string paths(const std::map<std::string, std::string>& variables) {
  std::string text;
  for (const auto& path : auth_file_paths([&](const char* name) {
         const auto found = variables.find(name);
         return found == variables.end() ? std::string() : found->second;
       }))
    text += path.string() + "\n";
  return text;
}

TEST(AuthFilePaths, AreThoseOfSkopeo) {
  EXPECT_EQ(paths({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/r"}}),
            "/r/containers/auth.json\n/h/.config/containers/auth.json\n/h/.docker/config.json\n");
  EXPECT_EQ(paths({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/c"}, {"DOCKER_CONFIG", "/d"}}),
            "/run/containers/" + std::to_string(::geteuid()) + "/auth.json\n/c/containers/auth.json\n/d/config.json\n");
  EXPECT_EQ(paths({{"HOME", "/h"}, {"REGISTRY_AUTH_FILE", "/f"}}), "/f\n");
}

} // namespace
} // namespace kif::oci
