// SPDX-License-Identifier: Apache-2.0
// Text for people, as data: lines and tables of cells. A cell is kif's own words, or text from outside. Only the page
// turns them into bytes, so that nothing from outside gets to a reader unescaped.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/escape.h"

namespace kif::text {

/// What a reader with a colour terminal sees marked; the words say the same without.
enum class Mark { plain, heading, good, bad, warning, faint };

/// Words that stand in kif's source. The compiler sees that they are plain; nothing that was put together while kif
/// runs can become one.
class Words {
public:
  consteval Words(const char* words) : m_text(words) { // NOLINT(google-explicit-constructor)
    if (!is_plain(m_text))
      throw "these words hold what is not plain text";
  }
  constexpr std::string_view text() const noexcept { return m_text; }

private:
  std::string_view m_text;
};

/// A piece of a line. Made by own() and foreign().
class Cell {
public:
  /// As a reader gets it, without marks.
  std::string shown() const { return m_is_own ? m_text : escape(m_text); }
  Mark mark() const noexcept { return m_mark; }

private:
  friend Cell own(Words words, Mark mark);
  friend Cell foreign(std::string_view text, Mark mark);
  friend Cell tab();
  Cell(bool is_own, std::string_view text, Mark mark) : m_is_own(is_own), m_text(text), m_mark(mark) {}

  bool m_is_own;
  std::string m_text;
  Mark m_mark;
};

/// kif's own words, shown as they are.
inline Cell own(Words words, Mark mark = Mark::plain) {
  return {true, words.text(), mark};
}

/// Everything else: what was read somewhere, and every sentence that may hold some of it. It is escaped.
inline Cell foreign(std::string_view text, Mark mark = Mark::plain) {
  return {false, text, mark};
}

inline Cell number(std::integral auto value, Mark mark = Mark::plain) {
  return foreign(std::to_string(value), mark);
}

/// Between the fields of a line that is data; text from outside cannot hold one.
inline Cell tab() {
  return {true, "\t", Mark::plain};
}

using Line = std::vector<Cell>;

/// Rows whose cells are aligned, with lines of another shape between them.
class Table {
public:
  struct Column {
    std::size_t least_width = 0;
    bool is_number = false; ///< numbers end below each other
    std::size_t gap = 2;    ///< spaces after it
  };

  Table(Words indent, std::vector<Column> columns) : m_indent(indent), m_columns(std::move(columns)) {}

  /// As many cells as there are columns; the last is never padded.
  void row(Line cells) { m_rows.push_back({true, std::move(cells)}); }
  void between(Line cells) { m_rows.push_back({false, std::move(cells)}); }
  bool empty() const noexcept { return m_rows.empty(); }

  /// The lines, with the padding that makes columns of the rows.
  std::vector<Line> lines() const;

private:
  struct Row {
    bool is_row;
    Line cells;
  };

  Words m_indent;
  std::vector<Column> m_columns;
  std::vector<Row> m_rows;
};

class Page {
public:
  void line(Line cells) { m_lines.push_back(std::move(cells)); }
  void blank() { m_lines.emplace_back(); }
  /// Text of several lines that another library laid out, such as a help.
  void block(std::string_view text);
  void add(const Table& table);
  void add(const Page& page);

  /// Each line ends with a newline.
  std::string plain() const { return render(false); }
  std::string coloured() const { return render(true); }

private:
  std::string render(bool with_colour) const;

  std::vector<Line> m_lines;
};

/// `shown` between the terminal's sequences for a mark; alone for Mark::plain and Mark::heading.
std::string in_colour(Mark mark, std::string_view shown);

} // namespace kif::text
