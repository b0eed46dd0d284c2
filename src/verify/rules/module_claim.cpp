// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/module_claim.h"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/ascii.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_most_named = 16;
constexpr std::size_t k_most_digits = 9; // as in a certificates file

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) noexcept {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

struct Token {
  enum class Kind { word, number, mark };

  Kind kind = Kind::mark;
  std::string text;     ///< a word in small letters; a number's digits; a mark's one byte
  bool ends = true;     ///< a number after which neither a letter, nor a decimal, nor a hyphenated part follows
  bool is_start = true; ///< nothing that is part of a word or a version stands directly before it
};

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    Token token;
    if (is_letter(text[i])) {
      token.kind = Token::Kind::word;
      while (end < text.size() && is_letter(text[end]))
        ++end;
    } else if (is_digit(text[i])) {
      token.kind = Token::Kind::number;
      while (end < text.size() && is_digit(text[end]))
        ++end;
      const bool goes_on = end < text.size() && (text[end] == '.' || text[end] == '-' || text[end] == '_') &&
                           end + 1 < text.size() && (is_digit(text[end + 1]) || is_letter(text[end + 1]));
      token.ends = !goes_on && (end == text.size() || !is_letter(text[end]));
    }
    token.is_start = i == 0 || !(is_letter(text[i - 1]) || is_digit(text[i - 1]) || text[i - 1] == '.');
    token.text = text.substr(i, end - i);
    std::ranges::transform(token.text, token.text.begin(), lower);
    tokens.push_back(std::move(token));
    i = end;
  }
  return tokens;
}

bool is_one_of(const Token& token, std::initializer_list<std::string_view> texts) {
  return std::ranges::find(texts, std::string_view(token.text)) != texts.end();
}

/// Reads a text from its start; a word such as "certificate" makes the numbers that follow it a certificate's.
class Reader {
public:
  std::vector<NamedCertificate> read(std::string_view text) {
    const std::vector<Token> tokens = tokens_of(text);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      const Token* next = i + 1 < tokens.size() ? &tokens[i + 1] : nullptr;
      if (token.kind == Token::Kind::word && token.text == "e" && token.is_start && next != nullptr &&
          next->kind == Token::Kind::number) {
        read_entropy_number(*next);
        ++i;
      } else if (token.kind == Token::Kind::number) {
        read_number(token);
      } else {
        read_context(token);
      }
    }
    return std::move(m_named);
  }

private:
  void read_entropy_number(const Token& token) {
    // Alone, "E5" may be a processor: the list's numbers of two digits and three are enough without its name.
    const bool alone = token.ends && token.text.size() >= 2 && token.text.size() <= 3;
    if (m_list == Program::esv || m_hash || alone)
      add(Program::esv, token);
    m_list.reset();
    m_hash = false;
  }

  void read_number(const Token& token) {
    if (!token.is_start || !token.ends) { // part of a version
      m_list.reset();
    } else if (m_list) {
      add(*m_list, token);
    } else if (m_hash && token.text.size() >= 3) {
      add(Program::cmvp, token);
    }
    m_hash = false;
  }

  void read_context(const Token& token) {
    if (token.text == "#")
      m_hash = true;
    else if (token.text == "cmvp")
      m_list = Program::cmvp;
    else if (is_one_of(token, {"esv", "validations"})) // NIST's address: .../entropy-validations/certificate/191
      m_list = Program::esv;
    else if (is_one_of(token, {"certificate", "certificates", "cert", "certs"})) // "ESV certificate 191" is ESV's
      m_list = m_list.value_or(Program::cmvp);
    else if (token.kind == Token::Kind::word && !is_one_of(token, {"and", "or", "no", "number", "nr"})) {
      m_list.reset();
      m_hash = false;
    }
  }

  void add(Program program, const Token& token) {
    const NamedCertificate named{program, token.text};
    if (token.text.size() <= k_most_digits && m_named.size() < k_most_named &&
        std::ranges::find(m_named, named) == m_named.end())
      m_named.push_back(named);
  }

  std::optional<Program> m_list; ///< whose numbers those are that come now
  bool m_hash = false;
  std::vector<NamedCertificate> m_named;
};

/// "3.0.7" is also the version of a build that calls itself "3.0.7-395c1a240fbfffd8".
bool is_version(const std::string& module, const std::string& certified) {
  return module == certified || module.starts_with(certified + "-") || module.starts_with(certified + "+");
}

std::string form_of(const Certificate& certificate) {
  switch (*certificate.form) {
  case ModuleForm::openssl_provider:
    return "an OpenSSL provider";
  case ModuleForm::library:
    return "a library of its own";
  case ModuleForm::java:
    return "a Java module";
  case ModuleForm::go:
    return "a Go module";
  }
  return "";
}

} // namespace

std::string NamedCertificate::name() const {
  Certificate certificate;
  certificate.program = program;
  certificate.number = number;
  return certificate.name();
}

std::vector<NamedCertificate> certificates_named(std::string_view text) {
  return Reader().read(text);
}

Result<void> check_module_claim(std::string_view claim, const std::string& module_version,
                                const Certificates& certificates) {
  for (const NamedCertificate& named : certificates_named(claim)) {
    const auto refuse = [&](const std::string& reason) {
      return Error(ErrorCode::invalid_input,
                   "cannot claim " + named.name() + " for the FIPS module " + module_version + ": " + reason);
    };
    if (named.program == Program::esv)
      return fail(refuse("it is an entropy source's certificate")
                      .with_mismatch("a certificate of the module", named.name())
                      .with_hint("an entropy source's certificate changes nothing about the module's"));
    const Certificate* certificate = certificates.find(named.program, named.number);
    if (certificate == nullptr)
      continue;
    if (certificate->form && *certificate->form != ModuleForm::openssl_provider)
      return fail(refuse("it is of another kind of module")
                      .with_mismatch("a certificate of an OpenSSL provider",
                                     certificate->title() + ", " + form_of(*certificate))
                      .with_hint("kif's source of that: " + certificate->origin.describe()));
    const auto& versions = certificate->versions;
    if (!versions.empty() &&
        std::ranges::none_of(versions, [&](const std::string& version) { return is_version(module_version, version); }))
      return fail(
          refuse("it is of another version")
              .with_mismatch("a certificate of version " + module_version, certificate->title())
              .with_hint("name the certificate's own file with --module, or leave the claim out; kif's source: " +
                         certificate->origin.describe()));
  }
  return {};
}

std::string recorded_claim(const std::string& claim, const Certificates& certificates) {
  std::string unknown;
  for (const NamedCertificate& named : certificates_named(claim))
    if (certificates.find(named.program, named.number) == nullptr)
      unknown += (unknown.empty() ? "" : ", ") + named.name();
  return unknown.empty() ? claim : claim + " (" + unknown + ": not known to kif)";
}

std::vector<std::string> describe_claim(std::string_view claim, const Certificates& certificates, const Date& today) {
  std::vector<std::string> lines;
  for (const NamedCertificate& named : certificates_named(claim)) {
    const Certificate* certificate = certificates.find(named.program, named.number);
    lines.push_back(certificate != nullptr ? certificate->describe(today) : named.name() + ": not known to kif");
  }
  if (!lines.empty())
    for (const std::string_view note : {k_name_identifies_none, k_caveat_stays})
      lines.emplace_back(note);
  return lines;
}

nlohmann::ordered_json claim_json(std::string_view claim, const Certificates& certificates, const Date& today) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const NamedCertificate& named : certificates_named(claim)) {
    const Certificate* certificate = certificates.find(named.program, named.number);
    nlohmann::ordered_json entry = {{"is_known", certificate != nullptr}};
    if (certificate != nullptr)
      entry.update(to_json(*certificate, today));
    else
      entry.update({{"program", to_string(named.program)}, {"number", named.number}});
    list.push_back(std::move(entry));
  }
  return list;
}

} // namespace kif::verify
