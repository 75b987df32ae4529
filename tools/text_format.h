// Numbers, times and tables as people read them.

#ifndef FLOWMON_TOOLS_TEXT_FORMAT_H_
#define FLOWMON_TOOLS_TEXT_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flowmon {

std::string FormatCount(uint64_t count);      // "1,234,567"
std::string FormatBytes(uint64_t bytes);      // "850 B", "1.5 KiB", "12.3 MiB"
std::string FormatNanoseconds(double ns);     // "850 ns", "15.0 us", "1.20 s"
std::string FormatMilliseconds(uint64_t ms);  // "0.013 s", "12.3 s", then as FormatSeconds()
std::string FormatSeconds(uint64_t seconds);  // "6 s", "4 min 05 s", "3 h 07 min"

// Columns that are as wide as their widest cell.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One cell a column.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Lines are cut at max_width, 0 = never. Widths count characters of UTF-8.
  std::string Format(size_t max_width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Width of the terminal that standard output is, 0 if it is none.
size_t TerminalWidth();

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_TEXT_FORMAT_H_
