// SPDX-License-Identifier: Apache-2.0
#include "verify/probe_output.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/quote.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_max_line_bytes = 64 * 1024;
constexpr std::string_view k_line = R"({"schema":1,"step":)";

bool is_step_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

std::optional<Outcome> outcome_of(std::string_view text) {
  for (const Outcome outcome : {Outcome::pass, Outcome::fail, Outcome::could_not_check})
    if (text == to_string(outcome))
      return outcome;
  return std::nullopt;
}

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool counts_match(const nlohmann::json& summary, const std::vector<ProbeStep>& steps) {
  const auto count = [&steps](Outcome outcome) { return std::ranges::count(steps, outcome, &ProbeStep::outcome); };
  const auto matches = [&summary](const char* name, std::ptrdiff_t expected) {
    const auto found = summary.find(name);
    return found != summary.end() && found->is_number_integer() && found->get<std::int64_t>() == expected;
  };
  return matches("passed", count(Outcome::pass)) && matches("failed", count(Outcome::fail)) &&
         matches("could_not_check", count(Outcome::could_not_check));
}

/// Takes one line; an empty text, or what is wrong with it.
std::string take_line(std::string_view line, ProbeOutput& output) {
  if (line.size() > k_max_line_bytes)
    return "a line is longer than the bound";
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object() || object.value("schema", nlohmann::json()) != 1)
    return "a line is not a finding of schema 1: " + in_one_line(line, 80);
  ProbeStep step{text_member(object, "step"), Outcome::could_not_check, in_one_line(text_member(object, "evidence"))};
  const auto outcome = outcome_of(text_member(object, "outcome"));
  if (!is_step_name(step.name) || !outcome)
    return "a line names no step or no outcome: " + in_one_line(line, 80);
  if (step.name == "summary") {
    output.complete = counts_match(object, output.steps);
    return output.complete ? "" : "the summary's counts are not those of the steps";
  }
  if (output.find(step.name) != nullptr)
    return "step " + step.name + " is there twice";
  if (output.steps.size() == k_max_steps)
    return "more steps than the bound";
  step.outcome = *outcome;
  output.steps.push_back(std::move(step));
  return {};
}

} // namespace

const ProbeStep* ProbeOutput::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(steps, name, &ProbeStep::name);
  return found == steps.end() ? nullptr : &*found;
}

ProbeOutput parse_probe_output(std::string_view text) {
  ProbeOutput output;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (output.complete)
      output.defect = "something follows the summary";
    else
      output.defect = take_line(line, output);
    if (!output.defect.empty()) {
      output.complete = false;
      return output;
    }
  }
  return output;
}

std::string lines_of_java_probe(std::string_view output) {
  std::string lines;
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.starts_with(k_line))
      lines.append(line).append("\n");
  }
  return lines;
}

std::string in_one_line(std::string_view text, std::size_t max_bytes) {
  std::string line;
  for (const char c : text) {
    const bool is_gap = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_gap)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (line.ends_with(' '))
    line.pop_back();
  return shortened(line, max_bytes);
}

} // namespace kif::verify
