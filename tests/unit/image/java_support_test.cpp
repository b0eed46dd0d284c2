// SPDX-License-Identifier: Apache-2.0
#include "image/java_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_builder.h"
#include "image/inspection/inspection.h"

namespace kif::image {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class JavaSupportTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-java-support-test-").value();
  ImageBuilder m_image;
  std::vector<TestFile> m_java = {{"opt/java/lib/server/libjvm.so", fake_libc("2.36")},
                                  {"opt/java/release", "JAVA_VERSION=\"21.0.8\"\n"},
                                  {"opt/java/conf/security/java.security", "security.provider.1=SUN\nkept=1\n"}};

  void SetUp() override {
    std::filesystem::create_directory(m_dir.path() / "java");
    put("java/b.jar", "second");
    put("java/a.jar", "first");
    put("java/kif.security", "security.provider.1=ours\n");
    put("libkif-java.so", fake_libc("2.36"));
  }

  void put(const std::string& name, const std::string& content) {
    auto file = AtomicFile::create(m_dir.path() / name).value();
    must(file.write(content));
    must(file.commit());
  }

  Result<JavaSupport> look(bool keep_sun = false) {
    const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
    KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image, inspection_options()));
    const std::string libc = fake_libc("2.36");
    KIF_TRY(const Glibc glibc, Glibc::of(std::as_bytes(std::span(libc)), "libc"));
    return java_support(image, tree, glibc,
                        {m_dir.path() / "java", m_dir.path() / "libkif-java.so", {.keep_sun = keep_sun}});
  }

  static std::string content(const JavaSupport& java, std::string_view path) {
    for (const LayerFile& file : java.files)
      if (file.path == path)
        return file.content;
    return "no such file";
  }
};

TEST_F(JavaSupportTest, AnImageWithoutJavaGetsNothing) {
  m_image.layers = {{{"bin/app", "x"}}};
  const JavaSupport java = look().value();
  EXPECT_THAT(java.runtimes, IsEmpty());
  EXPECT_THAT(java.files, IsEmpty());
  EXPECT_THAT(java.warnings, IsEmpty());
  nlohmann::json config = m_image.config;
  edit_java_environment(config, java);
  EXPECT_EQ(config, m_image.config);
}

TEST_F(JavaSupportTest, NoLayerIsUnpackedForItsFiles) {
  m_java.push_back({"etc/ssl/certs/ca-certificates.crt", "# none\n"});
  m_image.layers = {m_java};
  const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
  const oci::FileTree tree = oci::FileTree::read(image, inspection_options()).value();
  const std::string libc = fake_libc("2.36");
  const Glibc glibc = Glibc::of(std::as_bytes(std::span(libc)), "libc").value();
  ASSERT_EQ(java_support(image, tree, glibc, {m_dir.path() / "java", m_dir.path() / "libkif-java.so", false})
                .value()
                .runtimes.size(),
            1U);
  EXPECT_THAT(tree.passes(), ElementsAre(1U));
}

TEST_F(JavaSupportTest, MoreRuntimesThanAnyImageHasAreRefused) {
  std::vector<TestFile> files;
  for (int i = 0; i < 65; ++i)
    files.push_back({"opt/java" + std::to_string(i) + "/lib/server/libjvm.so", "x"});
  m_image.layers = {files};
  const auto java = look();
  ASSERT_FALSE(java);
  EXPECT_EQ(java.error().code, ErrorCode::too_large);
  EXPECT_THAT(java.error().message, HasSubstr("more than 64 Java runtimes"));
}

TEST_F(JavaSupportTest, ARuntimeIsFoundAndItsFilesAreMade) {
  m_image.layers = {m_java};
  const JavaSupport java = look().value();
  ASSERT_EQ(java.runtimes.size(), 1U);
  EXPECT_EQ(java.runtimes[0].home, "/opt/java");
  EXPECT_EQ(java.runtimes[0].version, "21.0.8");
  EXPECT_EQ(java.runtimes[0].release, 21U);
  EXPECT_EQ(content(java, k_java_runtimes_path), "/opt/java\n");
  EXPECT_EQ(content(java, "/usr/lib/kif/java/a.jar"), "first");
  EXPECT_EQ(content(java, k_java_options_path),
            "-Xbootclasspath/a:/usr/lib/kif/java/a.jar:/usr/lib/kif/java/b.jar\n--enable-native-access=ALL-UNNAMED\n");
  const std::string security = content(java, "/opt/java/conf/security/java.security");
  EXPECT_THAT(security, testing::StartsWith("kept=1\n"));
  EXPECT_THAT(security, testing::EndsWith("security.provider.1=ours\n"));
  EXPECT_THAT(java.warnings,
              ElementsAre("/opt/java has no lib/security/cacerts, so its programs trust nobody by default"));
}

TEST_F(JavaSupportTest, ARuntimeThatWasLinkedWithoutWhatTheJarsNeedIsNamed) {
  for (const auto& [modules, is_served] : {std::pair("MODULES=\"java.base\"\n", false),
                                           {"MODULES=\"java.base java.logging.x\"\n", false},
                                           {"MODULES=\"\"\njava.logging\"", false},
                                           {"MODULES=\"java.base java.logging\"\n", true},
                                           {"MODULES=\"java.logging", true},
                                           {"", true}}) {
    m_java[1].content = std::string("JAVA_VERSION=\"21.0.8\"\n") + modules;
    m_image.layers = {m_java};
    std::filesystem::remove_all(m_dir.path() / "layout");
    const JavaSupport java = look().value();
    EXPECT_EQ(java.runtimes.size(), is_served ? 1U : 0U) << modules;
    const auto lacks = HasSubstr("libjvm.so lacks the module java.logging, without which");
    EXPECT_THAT(java.warnings, testing::Contains(lacks).Times(is_served ? 0 : 1));
  }
}

TEST_F(JavaSupportTest, LinksAreFollowedToTheFileThatIsReplaced) {
  m_java[2].path = "etc/java/java.security";
  m_java.push_back({"opt/java/conf/security/java.security", "", 0777, "/etc/java/java.security"});
  m_image.layers = {m_java};
  EXPECT_THAT(content(look().value(), "/etc/java/java.security"), HasSubstr("security.provider.1=ours\n"));
}

TEST_F(JavaSupportTest, ItsOwnTrustStoreIsItsOwnAndTheBundleStandsInForOne) {
  const std::string option = "-Djavax.net.ssl.trustStore=";
  m_java.push_back({"etc/ssl/certs/ca-certificates.crt", "-----BEGIN CERTIFICATE-----\n"});
  m_image.layers = {m_java};
  const JavaSupport nobody = look().value();
  EXPECT_THAT(content(nobody, k_java_options_path), testing::Not(HasSubstr(option)));
  EXPECT_THAT(nobody.warnings, ElementsAre(HasSubstr("trust nobody by default")));
  m_java.back().content = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
  m_image.layers = {m_java};
  std::filesystem::remove_all(m_dir.path() / "layout");
  const JavaSupport without = look().value();
  EXPECT_THAT(content(without, k_java_options_path), HasSubstr("\n" + option + "/etc/ssl/certs/ca-certificates.crt\n"));
  EXPECT_THAT(without.warnings, IsEmpty());
  m_java.push_back({"etc/java/cacerts", "x"});
  m_java.push_back({"opt/java/lib/security/cacerts", "", 0777, "/etc/java/cacerts"});
  m_image.layers = {m_java};
  std::filesystem::remove_all(m_dir.path() / "layout");
  const JavaSupport with = look().value();
  EXPECT_THAT(content(with, k_java_options_path), testing::Not(HasSubstr(option)));
  EXPECT_THAT(with.warnings, IsEmpty());
}

TEST_F(JavaSupportTest, Java11IsGivenNoOptionThatItDoesNotKnow) {
  m_java[1].content = "JAVA_VERSION=\"11.0.30\"\n";
  m_image.layers = {m_java};
  EXPECT_THAT(content(look().value(), k_java_options_path), testing::Not(HasSubstr("native-access")));
}

TEST_F(JavaSupportTest, WhatCannotBeServedIsNamed) {
  m_image.layers = {{{"opt/old/lib/amd64/server/libjvm.so", "x"},
                     {"opt/old/lib/security/java.security", "x"},
                     {"opt/bare/lib/server/libjvm.so", "x"}}};
  EXPECT_THAT(look().value().warnings,
              ElementsAre("/opt/bare/lib/server/libjvm.so has no java.security; the FIPS layer does not reach it",
                          "/opt/old/lib/amd64/server/libjvm.so is Java 8, which the FIPS layer does not reach"));
  m_java.push_back({"app/bcprov-jdk18on-1.80.jar", "x"});
  m_image.layers = {m_java};
  std::filesystem::remove_all(m_dir.path() / "layout");
  EXPECT_THAT(look().value().advice, testing::Contains(HasSubstr("/app/bcprov-jdk18on-1.80.jar has packages of")));
}

TEST_F(JavaSupportTest, JarsThatNeedSomethingAreNamedWithIt) {
  m_java.push_back({"opt/java/lib/security/cacerts", "x"});
  m_java.push_back({"app/jetty-alpn-java-server-12.0.25.jar", "x"});
  m_java.push_back({"app/jetty-alpn-java-client-12.0.25.jar", "x"});
  m_java.push_back({"app/kafka_2.13-4.1.0.jar", "x"});
  m_java.push_back({"app/kafka-clients-4.1.0.jar", "x"});
  m_image.layers = {m_java};
  EXPECT_THAT(look().value().advice,
              ElementsAre(AllOf(HasSubstr("/app/jetty-alpn-java-server-12.0.25.jar"),
                                HasSubstr("jetty-alpn-bouncycastle-server beside it")),
                          HasSubstr("jetty-alpn-bouncycastle-client beside it"),
                          AllOf(HasSubstr("/app/kafka_2.13-4.1.0.jar"), HasSubstr("log.cleaner.enable=false"))));
  EXPECT_THAT(look().value().warnings, IsEmpty()) << "the layer reaches those programs";
  m_java.push_back({"app/jetty-alpn-bouncycastle-server-12.0.25.jar", "x"});
  m_java.push_back({"app/jetty-alpn-bouncycastle-client-12.0.25.jar", "x"});
  m_image.layers = {m_java};
  std::filesystem::remove_all(m_dir.path() / "layout");
  EXPECT_THAT(look(true).value().advice, IsEmpty()); // SUN has MD5
}

TEST_F(JavaSupportTest, TenJarsOfANameAreNamed) {
  m_java.push_back({"opt/java/lib/security/cacerts", "x"});
  for (int i = 0; i < 12; ++i)
    m_java.push_back({"app/" + std::to_string(i) + "/bcprov-1.jar", "x"});
  m_image.layers = {m_java};
  const std::vector<std::string> warnings = look().value().advice;
  EXPECT_EQ(warnings.size(), 11U);
  EXPECT_EQ(warnings.back(), "so it is with 2 more jars of that name");
}

TEST_F(JavaSupportTest, TheVariableKeepsWhatTheImageHadInIt) {
  JavaSupport java;
  java.runtimes = {{"/opt/java", "21.0.8", 21, "", true}};
  nlohmann::json config = {{"config", {{"Env", {"A=1", "JAVA_TOOL_OPTIONS=-Xmx64m"}}}}};
  for (int turn = 0; turn < 2; ++turn) {
    edit_java_environment(config, java);
    EXPECT_EQ(config["config"]["Env"],
              nlohmann::json({"A=1", "JAVA_TOOL_OPTIONS=-XX:VMOptionsFile=/etc/kif/java.options -Xmx64m"}));
  }
}

} // namespace
} // namespace kif::image
