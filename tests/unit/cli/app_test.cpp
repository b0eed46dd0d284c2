// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Ended {
  ExitCode code;
  std::string out;
  std::string err;
};

Ended run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal(out, err, {});
  const ExitCode code = run_command_line(arguments, terminal);
  return {code, out.str(), err.str()};
}

TEST(App, NoCommandIsAUsageError) {
  const Ended result = run({});
  EXPECT_EQ(result.code, ExitCode::usage);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "kif: error: a command is missing\n  hint: see kif --help\n");
}

TEST(App, AMistypedCommandIsCorrected) {
  const Ended result = run({"verison"});
  EXPECT_EQ(result.code, ExitCode::usage);
  EXPECT_EQ(result.err, "kif: error: unknown command verison\n  hint: did you mean version? Else see kif --help\n");
}

TEST(App, AMistypedOptionIsCorrected) {
  const Ended result = run({"version", "--fromat=json"});
  EXPECT_EQ(result.code, ExitCode::usage);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "kif: error: unknown option --fromat\n  hint: did you mean --format? Else see kif version --help\n");
}

TEST(App, AnUnknownShortOptionIsNamed) {
  EXPECT_THAT(run({"version", "-z"}).err, StartsWith("kif: error: unknown option -z\n"));
  EXPECT_EQ(run({"version", "-z"}).code, ExitCode::usage);
}

TEST(App, WhatStandsBehindDashesIsNotOurs) {
  // Each mistake before the dashes is named, whatever stands behind them.
  const auto refused = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    const Ended result = run(arguments);
    EXPECT_EQ(result.code, ExitCode::usage);
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_THAT(refused({"--deny=foo", "oci:x:y", "--", "openssl", "rand", "-hex", "4"}),
              HasSubstr("cannot use this value of --deny\n  expected: "));
  EXPECT_THAT(refused({"--deny", "--trace", "oci:x:y", "--", "true"}), HasSubstr("excludes"));
  EXPECT_THAT(refused({"--env", "FOO", "oci:x:y", "--", "true"}),
              StartsWith("kif: error: --env: FOO is not NAME=VALUE\n"));
  EXPECT_THAT(refused({"--", "true"}), HasSubstr("IMAGE is required"));
  EXPECT_THAT(run({"version", "--", "x"}).err, StartsWith("kif: error: unexpected argument --\n"));
}

TEST(App, AValueThatCannotBeUsedIsToldWithWhatCan) {
  const auto error = [](std::vector<std::string> words) {
    std::vector<std::string> all = {"harden", "oci:a:b", "-o", "oci:c:d"};
    all.insert(all.end(), words.begin(), words.end());
    const auto result = run(all);
    EXPECT_EQ(result.code, ExitCode::usage);
    return result.err;
  };
  EXPECT_EQ(error({"--entropy-osr", "abc"}), "kif: error: cannot use this value of --entropy-osr\n"
                                             "  expected: a whole number\n"
                                             "  got:      abc\n"
                                             "  hint: see kif harden --help\n");
  EXPECT_EQ(error({"--format", "xml"}), "kif: error: cannot use this value of --format\n"
                                        "  expected: text or json\n"
                                        "  got:      xml\n"
                                        "  hint: see kif harden --help\n");
}

TEST(App, WithoutDashesAllBehindTheImageIsTheCommand) {
  // Not the help of kif, and no option of its own: the image is looked for.
  for (const char* word : {"-hex", "--help", "-c"})
    EXPECT_THAT(run({"run", "oci:/no/such:x", "openssl", word, "4"}).err, HasSubstr("/no/such"));
  const Ended result = run({"run", "oci:/no/such:x", "--deny"});
  EXPECT_EQ(result.code, ExitCode::usage);
  EXPECT_EQ(result.err, "kif: error: cannot tell whether --deny is an option of kif's\n"
                        "  hint: options go before IMAGE; a command that begins with - goes after --\n");
}

TEST(App, JsonOfARunGoesToAFile) {
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--trace"}, {}}) {
    std::vector<std::string> arguments = {"run", "--format=json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"oci:x:y", "--", "true"});
    const Ended result = run(arguments);
    EXPECT_EQ(result.code, ExitCode::usage);
    EXPECT_THAT(result.err, StartsWith("kif: error: --format json is for the trace, in a file of its own\n"));
  }
}

TEST(App, MistakesOnTheCommandLineAreJsonTooWhereItIsAskedFor) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"version", "--bogus", "--format", "json"},
                                                    {"verify", "--format=json", "--live", "bad"},
                                                    {"harden", "bad", "-o", "oci:x:y", "--format", "json"}}) {
    const Ended result = run(arguments);
    EXPECT_EQ(result.code, ExitCode::usage);
    EXPECT_THAT(result.out, HasSubstr("\"schema\": \"kif.error/1\""));
    EXPECT_THAT(result.err, StartsWith("kif: error: "));
  }
}

TEST(App, AnArgumentTooManyIsNamed) {
  EXPECT_THAT(run({"version", "now"}).err, StartsWith("kif: error: unexpected argument now\n"));
}

TEST(App, AnOptionThatMayBeRepeatedTakesOneWordEachTime) {
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"harden", "--compat", "sha1-signatures", "oci:/no/such:it", "-o", "oci:/no/such:out"},
        {"harden", "--module", "/no/such", "oci:/no/such:it", "-o", "oci:/no/such:out"},
        {"harden", "--entropy-lib", "/no/such", "oci:/no/such:it", "-o", "oci:/no/such:out"},
        {"verify", "--sbom", "--rules", "/no/such", "oci:/no/such:it"},
        {"verify", "--sbom", "--key", "/no/such", "oci:/no/such:it"},
        {"sbom", "--key", "/no/such", "oci:/no/such:it"},
        {"run", "--env", "A=1", "oci:/no/such:it"}}) {
    const Ended result = run(words);
    EXPECT_THAT(result.err, testing::Not(HasSubstr("is required"))) << words[1] << words[2];
    EXPECT_THAT(result.err, HasSubstr("/no/such")) << words[1] << words[2];
  }
  // The control: without it the image is missed.
  EXPECT_THAT(run({"harden", "--compat", "sha1-signatures", "-o", "oci:/no/such:out"}).err,
              HasSubstr("IMAGE is required"));
}

TEST(App, AValueOutsideTheListIsAUsageError) {
  const Ended result = run({"version", "--format", "yaml"});
  EXPECT_EQ(result.code, ExitCode::usage);
  EXPECT_THAT(result.err, HasSubstr("yaml"));
}

TEST(App, VersionIsDataOnStdout) {
  const Ended result = run({"--version"});
  EXPECT_EQ(result.code, ExitCode::good);
  EXPECT_THAT(result.out, testing::MatchesRegex("kif [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(run({"version"}).out, result.out);
}

TEST(App, VersionAsJsonNamesItsSchema) {
  const Ended result = run({"version", "--format", "json"});
  EXPECT_THAT(result.out, HasSubstr("\"schema\": \"kif.version/1\""));
}

TEST(App, HelpNamesEveryCommand) {
  for (const auto& arguments : {std::vector<std::string>{"--help"}, std::vector<std::string>{"help"}}) {
    const Ended result = run(arguments);
    EXPECT_EQ(result.code, ExitCode::good);
    EXPECT_THAT(result.out, HasSubstr("version"));
    EXPECT_THAT(result.out, HasSubstr("help"));
    EXPECT_EQ(result.err, "");
  }
}

TEST(App, HelpOfOneCommandShowsItsOptions) {
  EXPECT_THAT(run({"help", "version"}).out, HasSubstr("--format"));
  EXPECT_THAT(run({"version", "--help"}).out, HasSubstr("--format"));
  EXPECT_EQ(run({"help", "versoin"}).code, ExitCode::usage);
}

TEST(App, AnExceptionBecomesOneSentenceAndSeventy) {
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal(out, err, {});
  EXPECT_EQ(run_guarded([]() -> ExitCode { throw std::logic_error("two became one"); }, terminal),
            ExitCode::internal_fault);
  EXPECT_EQ(err.str(), "kif: error: internal fault, a bug in kif: two became one\n");
  EXPECT_EQ(static_cast<int>(ExitCode::internal_fault), 70);
}

TEST(App, OutputThatCannotBeWrittenIsAnError) {
  std::ofstream full("/dev/full");
  std::ostringstream err;
  Terminal terminal(full, err, {});
  EXPECT_EQ(run_command_line({"version"}, terminal), ExitCode::could_not_check);
  EXPECT_EQ(err.str(), "kif: error: cannot write to standard output\n");
}

TEST(ExitCodes, EveryFailureHasItsNumber) {
  for (const ErrorCode code : {ErrorCode::invalid_input, ErrorCode::digest_mismatch, ErrorCode::too_large,
                               ErrorCode::unsupported, ErrorCode::conflict})
    EXPECT_EQ(static_cast<int>(exit_code_of(code)), 1) << to_string(code);
  for (const ErrorCode code : {ErrorCode::not_found, ErrorCode::io, ErrorCode::denied, ErrorCode::process,
                               ErrorCode::timeout, ErrorCode::entropy})
    EXPECT_EQ(static_cast<int>(exit_code_of(code)), 3) << to_string(code);
  EXPECT_EQ(static_cast<int>(exit_code_of(ErrorCode::internal)), 70);
}

TEST(App, VerifyTakesOneCheck) {
  EXPECT_EQ(run({"verify", "oci:x:y"}).err,
            "kif: error: cannot verify oci:x:y: no check was chosen\n"
            "  hint: choose --live, which runs the image, or --sbom, which judges what its SBOM claims\n");
  EXPECT_EQ(run({"verify", "--live", "--sbom", "oci:x:y"}).err,
            "kif: error: cannot verify oci:x:y: --live and --sbom are two verdicts, one measured and one on claims\n"
            "  hint: run kif verify twice\n");
  EXPECT_EQ(run({"verify", "--live", "--rules", "r.yaml", "oci:x:y"}).err,
            "kif: error: cannot verify oci:x:y: --key, --all, --rules and --certificates belong to --sbom\n");
  EXPECT_EQ(run({"verify", "--live", "--sbom", "oci:x:y"}).code, ExitCode::usage);
}

TEST(App, AFileThatVerifyCannotUseIsNoVerdict) {
  const Ended rules = run({"verify", "--sbom", "--rules", "/nowhere/r.yaml", "oci:x:y"});
  EXPECT_EQ(rules.code, ExitCode::usage);
  EXPECT_THAT(rules.err, StartsWith("kif: error: cannot open /nowhere/r.yaml: "));
  const Ended certificates = run({"verify", "--sbom", "--certificates", "/nowhere/c.yaml", "oci:x:y"});
  EXPECT_EQ(certificates.code, ExitCode::usage);
  EXPECT_THAT(certificates.err, StartsWith("kif: error: cannot open /nowhere/c.yaml: "));
}

} // namespace
} // namespace kif::cli
