// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/first_process.h"

#include <string>

#include <gtest/gtest.h>

#include "image/image_builder.h"

namespace kif::image {
namespace {

const std::string k_elf = "\x7f"
                          "ELF";

class FirstProcess : public testing::Test {
protected:
  /// The one warning; empty: none.
  std::string warning(const nlohmann::json& run, std::vector<TestFile> files) {
    ImageBuilder builder;
    builder.config["config"] = run;
    builder.layers = {std::move(files)};
    const oci::Image image = builder.build(m_dir.path() / std::to_string(++m_count), "it");
    const auto tree = oci::FileTree::read(image);
    const auto first = find_first_program(image.config(), *tree);
    if (!first)
      return "";
    const std::string content =
        oci::read_image_file(image, *tree, first->file->path(), k_max_first_program_bytes).value();
    return first_process_warning(*first, content).value_or("");
  }

  TempDir m_dir = TempDir::create("kif-first-process-test-").value();
  int m_count = 0;
};

TEST_F(FirstProcess, S6OverlaysInit) {
  const std::string init = "#!/bin/sh -e\nexec /package/admin/s6-overlay-3.1.6.2/libexec/preinit\n";
  EXPECT_EQ(
      warning({{"Entrypoint", {"/init"}}}, {{"init", init, 0755}}),
      "/init (s6-overlay) may insist on being process 1, which is kif-init in a hardened image: run the container "
      "with KIF_PROCESS_1=application in its environment if it does");
  EXPECT_EQ(warning({{"Entrypoint", {"/init"}}, {"Env", {"KIF_PROCESS_1=application"}}}, {{"init", init, 0755}}), "");
  EXPECT_NE(warning({{"Cmd", {"/init"}}}, {{"init", init, 0755}}), "");
  EXPECT_NE(warning({{"Cmd", {"/bin/sh", "-c", " exec /init x"}}}, {{"init", init, 0755}}), "");
  EXPECT_NE(warning({{"Entrypoint", {"/start.sh"}}}, {{"start.sh", "#!/bin/sh\nset -e\nexec /init \"$@\"\n", 0755}}),
            "");
}

TEST_F(FirstProcess, InitProgramsByWhatTheySay) {
  const auto of = [&](const std::string& text, const std::string& path = "usr/bin/it") {
    return warning({{"Cmd", {"/" + path}}}, {{path, k_elf + text, 0755}});
  };
  EXPECT_NE(of("fatal: must be run as process no 1.\n"), "");
  EXPECT_NE(of("s6-overlay-suexec: can only run as pid 1"), "");
  EXPECT_NE(of("INIT: version 3.06 telinit", "sbin/init"), "");
  EXPECT_NE(of("", "usr/lib/systemd/systemd"), "");
  EXPECT_EQ(of("Tini is not running as PID 1 and isn't registered as a child subreaper"), "")
      << "it works all the same";
  EXPECT_EQ(of("anything else"), "");
}

TEST_F(FirstProcess, SystemdBehindALink) {
  EXPECT_NE(warning({{"Cmd", {"/sbin/init"}}},
                    {{"sbin/init", "", 0777, "/lib/systemd/systemd"}, {"lib/systemd/systemd", k_elf, 0755}}),
            "");
}

TEST_F(FirstProcess, BusyBoxOnlyWhereItIsInit) {
  const std::string busybox = k_elf + "must be run as PID 1";
  const std::vector<TestFile> files = {
      {"bin/busybox", busybox, 0755}, {"bin/sh", "", 0777, "busybox"}, {"sbin/init", "", 0777, "../bin/busybox"}};
  EXPECT_EQ(warning({{"Cmd", {"/bin/sh"}}}, files), "");
  EXPECT_NE(warning({{"Cmd", {"/sbin/init"}}}, files), "");
}

TEST_F(FirstProcess, ScriptsThatLookAtTheirNumber) {
  for (const char* check : {"[ $$ -eq 1 ] || exit 1", "if [ \"$$\" != \"1\" ]; then", "[[ $$ == 1 ]]", "test $$ = 1",
                            "[ ${$} -ne 1 ]", "(($$ > 1))"})
    EXPECT_NE(warning({{"Entrypoint", {"start"}}, {"Env", {"PATH=/bin:/opt"}}},
                      {{"opt/start", std::string("#!/bin/sh\n") + check + "\n", 0755}}),
              "")
        << check;
  for (const char* other : {"echo $$", "[ $$ -eq 12 ]", "[ $# -eq 1 ]", "[ \"$1\" = 1 ]", "kill -1 $$"})
    EXPECT_EQ(warning({{"Entrypoint", {"/start"}}}, {{"start", std::string("#!/bin/sh\n") + other + "\n", 0755}}), "")
        << other;
}

TEST_F(FirstProcess, WhatIsNotThereIsNotJudged) {
  EXPECT_EQ(warning({{"Cmd", {"/nothing"}}}, {{"bin/app", "x"}}), "");
  EXPECT_EQ(warning(nlohmann::json::object(), {{"bin/app", "x"}}), "");
  EXPECT_EQ(warning({{"Cmd", {""}}}, {{"bin/app", "x"}}), "");
  EXPECT_EQ(warning({{"Cmd", {"sh", "-c", ""}}}, {{"bin/app", "x"}}), "");
}

} // namespace
} // namespace kif::image
