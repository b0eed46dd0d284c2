// SPDX-License-Identifier: Apache-2.0
#include "oci/image_name.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

struct Good {
  const char* text;
  Transport transport;
  const char* path;
  const char* reference;
};

TEST(ImageName, IsTakenApartAsSkopeoDoes) {
  const Good cases[] = {
      {"oci:dir:tag", Transport::oci, "dir", "tag"},
      {"oci:/a/b.c:1.0", Transport::oci, "/a/b.c", "1.0"},
      {"oci:dir", Transport::oci, "dir", ""},
      {"oci:dir:", Transport::oci, "dir", ""},
      {"oci:dir:host:5000/app:tag", Transport::oci, "dir", "host:5000/app:tag"},
      {"oci:dir:a--b", Transport::oci, "dir", "a--b"},
      {"oci-archive:x.tar", Transport::oci_archive, "x.tar", ""},
      {"oci-archive:/x.tar:v1", Transport::oci_archive, "/x.tar", "v1"},
      {"docker-archive:x.tar", Transport::docker_archive, "x.tar", ""},
      {"docker-archive:x.tar:app", Transport::docker_archive, "x.tar", "docker.io/library/app:latest"},
      {"docker-archive:x.tar:me/app:2", Transport::docker_archive, "x.tar", "docker.io/me/app:2"},
      {"docker-archive:x.tar:host:5000/app:2", Transport::docker_archive, "x.tar", "host:5000/app:2"},
      {"docker-archive:x.tar:localhost/app", Transport::docker_archive, "x.tar", "localhost/app:latest"},
  };
  for (const Good& good : cases) {
    const auto name = ImageName::parse(good.text);
    ASSERT_TRUE(name) << good.text << ": " << name.error().message;
    EXPECT_EQ(name->transport(), good.transport) << good.text;
    EXPECT_EQ(name->path(), good.path) << good.text;
    EXPECT_EQ(name->reference(), good.reference) << good.text;
    EXPECT_EQ(ImageName::parse(name->text()).value(), *name) << good.text;
  }
}

struct Bad {
  const char* text;
  ErrorCode code;
  const char* message;
  const char* hint;
};

TEST(ImageName, WhatIsNoneIsRefusedWithTheNextStep) {
  const std::string forms = "oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME]";
  const Bad cases[] = {
      {"app", ErrorCode::invalid_input, "cannot use image name \"app\": no transport in front of it", forms.c_str()},
      {"", ErrorCode::invalid_input, "cannot use image name \"\": no transport in front of it", forms.c_str()},
      {"oci_archive:x", ErrorCode::invalid_input,
       "cannot use image name \"oci_archive:x\": unknown transport \"oci_archive\"", "did you mean \"oci-archive\"?"},
      {"docker-achive:x", ErrorCode::invalid_input,
       "cannot use image name \"docker-achive:x\": unknown transport \"docker-achive\"",
       "did you mean \"docker-archive\"?"},
      {"ocy:x", ErrorCode::invalid_input, "cannot use image name \"ocy:x\": unknown transport \"ocy\"",
       "did you mean \"oci\"?"},
      {"http:x", ErrorCode::invalid_input, "cannot use image name \"http:x\": unknown transport \"http\"",
       forms.c_str()},
      {"docker://debian:12", ErrorCode::unsupported,
       "cannot use image name \"docker://debian:12\": registries are not supported yet",
       "copy it first: skopeo copy docker://debian:12 oci:DIR:TAG"},
      {"dir:x", ErrorCode::unsupported, "cannot use image name \"dir:x\": transport \"dir\" is not supported",
       "copy it first: skopeo copy dir:x oci:DIR:TAG"},
      {"oci::tag", ErrorCode::invalid_input, "cannot use image name \"oci::tag\": no folder is named", forms.c_str()},
      {"docker-archive:", ErrorCode::invalid_input, "cannot use image name \"docker-archive:\": no file is named",
       forms.c_str()},
      {"oci:x:-a", ErrorCode::invalid_input, "cannot use image name \"oci:x:-a\": \"-a\" is not a tag",
       "the path ends at the first colon and cannot hold one"},
      {"oci:C:/dir:tag", ErrorCode::invalid_input,
       "cannot use image name \"oci:C:/dir:tag\": \"/dir:tag\" is not a tag",
       "the path ends at the first colon and cannot hold one"},
      {"docker-archive:x:@1", ErrorCode::unsupported,
       "cannot use image name \"docker-archive:x:@1\": choosing by number is not supported",
       "name the image: docker-archive:FILE:NAME"},
      {"docker-archive:x:App", ErrorCode::invalid_input, "\"App\" is not a reference of the form NAME[:TAG]", ""},
      {"docker-archive:x:", ErrorCode::invalid_input, "\"\" is not a reference of the form NAME[:TAG]", ""},
      {"docker-archive:x:a@sha256:00", ErrorCode::invalid_input,
       "\"a@sha256:00\" is not a reference of the form NAME[:TAG]", ""},
  };
  for (const Bad& bad : cases) {
    const auto name = ImageName::parse(bad.text);
    ASSERT_FALSE(name) << bad.text;
    EXPECT_EQ(name.error().code, bad.code) << bad.text;
    EXPECT_EQ(name.error().message, bad.message);
    EXPECT_EQ(name.error().hint, bad.hint) << bad.text;
  }
}

TEST(ImageName, AVeryLongTransportIsNoTypingError) {
  EXPECT_FALSE(ImageName::parse(std::string(1'000'000, 'o') + ":x"));
}

} // namespace
} // namespace kif::oci
