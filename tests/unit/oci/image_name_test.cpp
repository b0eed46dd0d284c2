// SPDX-License-Identifier: Apache-2.0
#include "oci/image_name.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

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
      {"docker://alpine", Transport::docker, "", "docker.io/library/alpine:latest"},
      {"docker://index.docker.io/alpine:3", Transport::docker, "", "docker.io/library/alpine:3"},
      {"docker://me/app", Transport::docker, "", "docker.io/me/app:latest"},
      {"docker://127.0.0.1:5000/a/b_c.d:1.0", Transport::docker, "", "127.0.0.1:5000/a/b_c.d:1.0"},
      {"docker://[::1]:5000/app", Transport::docker, "", "[::1]:5000/app:latest"},
      {"docker://localhost/app", Transport::docker, "", "localhost/app:latest"},
      {"docker://h.example/app@" DIGEST, Transport::docker, "", "h.example/app@" DIGEST},
      {"docker://h.example/app:1@" DIGEST, Transport::docker, "", "h.example/app:1@" DIGEST},
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

TEST(ImageName, OfARegistryHasItsParts) {
  const auto name = ImageName::parse("docker://[::1]:5000/a/b:1@" DIGEST).value();
  EXPECT_EQ(name.docker()->host, "[::1]:5000");
  EXPECT_EQ(name.docker()->repository, "a/b");
  EXPECT_EQ(name.docker()->tag, "1");
  EXPECT_EQ(name.docker()->digest, Digest::parse(DIGEST).value());
  EXPECT_EQ(ImageName::parse("docker://a@" DIGEST).value().docker()->tag, "");
  EXPECT_FALSE(ImageName::parse("oci:x:y").value().docker());
}

TEST(DockerReference, NothingThatMeansSomethingInAnUrlGetsThrough) {
  for (const char* text : {"h.example:80:80/x",
                           "u@h.example/x",
                           "h.example/../x",
                           "h.example/x?y",
                           "h.example/x#y",
                           "h.example/x%20",
                           "h..example/x",
                           ".example/x",
                           "h.example:/x",
                           "h.example:99999/x",
                           "[::1/x",
                           "[::g]/x",
                           "h.example//x",
                           "h.example/x:",
                           "h.example/x:a/b",
                           "h.example/x@",
                           "h.example/x@sha256:",
                           "h.example/",
                           "x y",
                           "x\n",
                           "",
                           "h.example/x:@" DIGEST})
    EXPECT_FALSE(DockerReference::parse(text)) << text;
  EXPECT_FALSE(DockerReference::parse("h.example/" + std::string(256, 'a')));
  EXPECT_TRUE(DockerReference::parse("h.example/" + std::string(255, 'a')));
  // With the "library/" that is put in front.
  EXPECT_FALSE(DockerReference::parse(std::string(248, 'a')));
  EXPECT_TRUE(DockerReference::parse(std::string(247, 'a')));
  EXPECT_FALSE(DockerReference::parse("x:" + std::string(129, 'a')));
}

struct Bad {
  const char* text;
  ErrorCode code;
  const char* message;
  const char* hint;
};

TEST(ImageName, WhatIsNoneIsRefusedWithTheNextStep) {
  const std::string forms =
      "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or docker://[HOST/]NAME[:TAG]";
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
      {"docker:debian:12", ErrorCode::invalid_input,
       "cannot use image name \"docker:debian:12\": no // behind docker:", "did you mean \"docker://debian:12\"?"},
      {"docker://h.example:0/x", ErrorCode::invalid_input,
       "cannot use image name \"docker://h.example:0/x\": \"h.example:0/x\" is not a reference of the form "
       "[HOST/]NAME[:TAG][@DIGEST]",
       ""},
      {"docker://", ErrorCode::invalid_input,
       "cannot use image name \"docker://\": \"\" is not a reference of the form [HOST/]NAME[:TAG][@DIGEST]", ""},
      {"docker://x@sha256:00", ErrorCode::invalid_input,
       "cannot use image name \"docker://x@sha256:00\": not a digest that kif knows", ""},
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
