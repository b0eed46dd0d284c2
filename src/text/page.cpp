// SPDX-License-Identifier: Apache-2.0
#include "text/page.h"

#include <algorithm>
#include <utility>

namespace kif::text {
namespace {

std::string_view sequence_of(Mark mark) {
  switch (mark) {
  case Mark::plain:
  case Mark::heading:
    return "";
  case Mark::good:
    return "\x1b[32m";
  case Mark::bad:
    return "\x1b[31m";
  case Mark::warning:
    return "\x1b[33m";
  case Mark::faint:
    return "\x1b[2m";
  }
  return "";
}

} // namespace

std::string in_colour(Mark mark, std::string_view shown) {
  const std::string_view sequence = sequence_of(mark);
  if (sequence.empty())
    return std::string(shown);
  return std::string(sequence) + std::string(shown) + "\x1b[0m";
}

std::vector<Line> Table::lines() const {
  std::vector<std::size_t> widths;
  for (const Column& column : m_columns)
    widths.push_back(column.least_width);
  for (const Row& row : m_rows)
    for (std::size_t i = 0; row.is_row && i + 1 < m_columns.size(); ++i)
      widths[i] = std::max(widths[i], width(row.cells[i].shown()));
  std::vector<Line> lines;
  for (const Row& row : m_rows) {
    if (!row.is_row) {
      lines.push_back(row.cells);
      continue;
    }
    Line line = {own(m_indent)};
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
      const Cell& cell = row.cells[i];
      const bool is_last = i + 1 == m_columns.size();
      std::size_t padding = is_last ? 0 : widths[i] - width(cell.shown());
      if (m_columns[i].is_number)
        line.push_back(foreign(std::string(std::exchange(padding, 0), ' ')));
      line.push_back(cell);
      if (!is_last)
        line.push_back(foreign(std::string(padding + m_columns[i].gap, ' ')));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void Page::block(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    line({foreign(text.substr(0, end))});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void Page::add(const Table& table) {
  for (Line& cells : table.lines())
    line(std::move(cells));
}

void Page::add(const Page& page) {
  m_lines.insert(m_lines.end(), page.m_lines.begin(), page.m_lines.end());
}

std::string Page::render(bool with_colour) const {
  std::string text;
  for (const Line& cells : m_lines) {
    for (const Cell& cell : cells)
      text += with_colour ? in_colour(cell.mark(), cell.shown()) : cell.shown();
    text += '\n';
  }
  return text;
}

} // namespace kif::text
