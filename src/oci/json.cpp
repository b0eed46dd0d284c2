// SPDX-License-Identifier: Apache-2.0
#include "oci/json.h"

#include "base/ascii.h"

namespace kif::oci {
namespace {

using nlohmann::json;

// Builds the document while it checks what nlohmann's own parser does not: depth, number of values, keys met before.
class Builder final : public nlohmann::json_sax<json> {
public:
  Builder(std::string where, const JsonBounds& bounds) : m_where(std::move(where)), m_bounds(bounds) {}

  bool null() override { return add(json(nullptr)); }
  bool boolean(bool value) override { return add(json(value)); }
  bool number_integer(number_integer_t value) override { return add(json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(json(value)); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(json(value)); }
  bool string(string_t& value) override { return add(json(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return refuse("binary value"); }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [member, is_new] = m_open.back()->emplace(std::move(name), nullptr);
    m_member = &*member;
    return is_new || refuse("member \"" + member.key().substr(0, 100) + "\" appears twice in one object");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& /*reason*/) override {
    return refuse("not JSON at byte " + std::to_string(position));
  }

  std::optional<Error> error;
  json document;

private:
  bool refuse(const std::string& reason, ErrorCode code = ErrorCode::invalid_input) {
    error = Error(code, "cannot read " + m_where + ": " + reason);
    return false;
  }

  bool count() {
    return ++m_values <= m_bounds.max_values ||
           refuse("more than " + std::to_string(m_bounds.max_values) + " values", ErrorCode::too_large);
  }

  json* place(json&& value) {
    if (m_open.empty())
      return &(document = std::move(value));
    json& parent = *m_open.back();
    if (parent.is_array())
      return &parent.emplace_back(std::move(value));
    return &(*m_member = std::move(value));
  }

  bool add(json&& value) {
    if (!count())
      return false;
    place(std::move(value));
    return true;
  }

  // A pointer into a vector or map stays good while its parent is not added to, and children are closed before that.
  bool open(json&& value) {
    if (m_open.size() == m_bounds.max_depth)
      return refuse("nested deeper than " + std::to_string(m_bounds.max_depth), ErrorCode::too_large);
    if (!count())
      return false;
    m_open.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    m_open.pop_back();
    return true;
  }

  std::string m_where;
  JsonBounds m_bounds;
  std::vector<json*> m_open;
  json* m_member = nullptr; // of the innermost object: null until its value comes
  std::size_t m_values = 0;
};

} // namespace

Result<json> parse_json(std::string_view text, const std::string& where, const JsonBounds& bounds) {
  if (text.size() > bounds.max_bytes)
    return fail(ErrorCode::too_large,
                "cannot read " + where + ": larger than the bound of " + std::to_string(bounds.max_bytes) + " bytes");
  Builder builder(where, bounds);
  const bool good = json::sax_parse(text.begin(), text.end(), &builder);
  if (builder.error)
    return fail(std::move(*builder.error));
  if (!good)
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": not JSON");
  return std::move(builder.document);
}

Result<std::string> write_json(const json& document, const std::string& where) {
  try {
    return document.dump();
  } catch (const json::type_error&) {
    return fail(ErrorCode::invalid_input, "cannot write " + where + ": a string in it is not UTF-8");
  }
}

Result<JsonObject> JsonObject::of(const json& value, const std::string& where, const std::string& path) {
  JsonObject object(value, where, path);
  if (!value.is_object())
    return fail(object.wrong_type(path.empty() ? "it" : path, "an object", value));
  std::map<std::string, std::string> seen;
  for (const auto& [name, element] : value.items()) {
    const auto [before, is_new] = seen.emplace(lower_case(name), name);
    if (!is_new)
      return fail(ErrorCode::invalid_input, "cannot read " + where + ": members \"" + object.path_of(before->second) +
                                                "\" and \"" + object.path_of(name) + "\" differ only in case");
  }
  return object;
}

Error JsonObject::wrong_type(const std::string& path, const std::string& wanted, const json& got) const {
  const std::string type = got.type_name();
  const bool takes_an = type == "array" || type == "object";
  return {ErrorCode::invalid_input, "cannot read " + m_where + ": " + path + " is " +
                                        (got.is_null() ? "null" : (takes_an ? "an " : "a ") + type) + ", not " +
                                        wanted};
}

Error JsonObject::missing(const std::string& key) const {
  return {ErrorCode::invalid_input, "cannot read " + m_where + ": " + path_of(key) + " is missing"};
}

const json* JsonObject::find(const std::string& key) const {
  const auto found = m_json->find(key);
  return found == m_json->end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> JsonObject::string(const std::string& key) const {
  KIF_TRY(std::string value, optional_string(key));
  if (value.empty())
    return fail(missing(key));
  return value;
}

Result<std::string> JsonObject::optional_string(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr)
    return std::string();
  if (!value->is_string())
    return fail(wrong_type(path_of(key), "a string", *value));
  return value->get<std::string>();
}

Result<std::uint64_t> JsonObject::size(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr)
    return fail(missing(key));
  if (!value->is_number_integer())
    return fail(wrong_type(path_of(key), "a whole number", *value));
  if (!value->is_number_unsigned())
    return fail(ErrorCode::invalid_input, "cannot read " + m_where + ": " + path_of(key) + " is negative");
  return value->get<std::uint64_t>();
}

Result<std::vector<std::string>> JsonObject::strings(const std::string& key) const {
  std::vector<std::string> result;
  const json* value = find(key);
  if (value == nullptr)
    return result;
  if (!value->is_array())
    return fail(wrong_type(path_of(key), "an array", *value));
  for (const json& element : *value) {
    if (!element.is_string() && !element.is_null())
      return fail(wrong_type(path_of(key) + "[" + std::to_string(result.size()) + "]", "a string", element));
    result.push_back(element.is_null() ? std::string() : element.get<std::string>());
  }
  return result;
}

Result<std::map<std::string, std::string>> JsonObject::string_map(const std::string& key) const {
  std::map<std::string, std::string> result;
  const json* value = find(key);
  if (value == nullptr)
    return result;
  if (!value->is_object())
    return fail(wrong_type(path_of(key), "an object", *value));
  for (const auto& [name, element] : value->items()) {
    if (!element.is_string() && !element.is_null())
      return fail(wrong_type(path_of(key) + "." + name, "a string", element));
    result.emplace(name, element.is_null() ? std::string() : element.get<std::string>());
  }
  return result;
}

Result<JsonObject> JsonObject::object(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr)
    return fail(missing(key));
  return of(*value, m_where, path_of(key));
}

Result<std::optional<JsonObject>> JsonObject::optional_object(const std::string& key) const {
  if (find(key) == nullptr)
    return std::optional<JsonObject>();
  KIF_TRY(JsonObject result, object(key));
  return std::optional<JsonObject>(std::move(result));
}

Result<std::vector<JsonObject>> JsonObject::objects(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr)
    return fail(missing(key));
  if (!value->is_array())
    return fail(wrong_type(path_of(key), "an array", *value));
  std::vector<JsonObject> result;
  for (const json& element : *value) {
    KIF_TRY(JsonObject object, of(element, m_where, path_of(key) + "[" + std::to_string(result.size()) + "]"));
    result.push_back(std::move(object));
  }
  return result;
}

} // namespace kif::oci
