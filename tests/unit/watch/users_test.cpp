// SPDX-License-Identifier: Apache-2.0
#include "watch/users.h"

#include <gtest/gtest.h>

namespace kif::watch {
namespace {

constexpr std::string_view k_passwd = "root:x:0:0:root:/root:/bin/sh\n"
                                      "broken line\n"
                                      "app:x:1000:1001::/home/app:/bin/sh\n"
                                      "bad:x:-5:0::/:/bin/sh\n";
constexpr std::string_view k_group = "root:x:0:\n"
                                     "app:x:1001:\n"
                                     "video:x:44:app,other\n"
                                     "audio:x:29:other\n";

struct Case {
  const char* text;
  User user;
};

class UserTest : public testing::TestWithParam<Case> {};

TEST_P(UserTest, IsResolved) {
  const User user = resolve_user(GetParam().text, k_passwd, k_group).value();
  EXPECT_EQ(user.uid, GetParam().user.uid);
  EXPECT_EQ(user.gid, GetParam().user.gid);
  EXPECT_EQ(user.groups, GetParam().user.groups);
}

INSTANTIATE_TEST_SUITE_P(Texts, UserTest,
                         testing::Values(Case{"", {0, 0, {}}}, Case{"app", {1000, 1001, {44}}},
                                         Case{"1000", {1000, 1001, {44}}}, Case{"65532", {65532, 0, {}}},
                                         Case{"app:video", {1000, 44, {}}}, Case{"65532:65533", {65532, 65533, {}}},
                                         Case{":video", {0, 44, {}}}, Case{"app:7", {1000, 7, {}}},
                                         Case{"1234:", {1234, 0, {}}}, Case{"app:", {1000, 1001, {44}}},
                                         Case{":", {0, 0, {}}}));

TEST(UserTest, UnknownNamesAreNamed) {
  EXPECT_EQ(resolve_user("nobody", k_passwd, k_group).error().message,
            "cannot find user nobody in the image's /etc/passwd");
  EXPECT_EQ(resolve_user("app:wheel", k_passwd, k_group).error().message,
            "cannot find group wheel in the image's /etc/group");
  EXPECT_EQ(resolve_user("-5", k_passwd, k_group).error().code, ErrorCode::not_found);
  EXPECT_EQ(resolve_user("4294967296", k_passwd, k_group).error().code, ErrorCode::not_found);
}

} // namespace
} // namespace kif::watch
