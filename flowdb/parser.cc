#include "flowdb/parser.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "flowdb/fields.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr std::string_view kUtf8Bom = "\xEF\xBB\xBF";
constexpr size_t kWarningTextBytes = 120;
constexpr size_t kWarningFieldBytes = 40;
constexpr std::string_view kFlows = "flows";
constexpr std::string_view kLocationCounts[] = {"sources", "sinks", "intermediates"};
static_assert(std::size(kLocationCounts) == std::size(kLocationKinds));

constexpr std::string_view kUnterminatedQuote =
    "unterminated quote (a field that starts with a quote must end with one)";
constexpr size_t kLocationFields = 6;  // with the keyword
constexpr size_t kMinFlowFields = 5;

std::string Field(std::string_view field) {
  return StrCat("\"", PrintableText(field, kWarningFieldBytes), "\"");
}

// The reader's own copy of the spelling, so that no view into the text is kept.
std::optional<std::string_view> CountKey(std::string_view key) {
  if (key == kFlows) return kFlows;
  for (std::string_view count : kLocationCounts) {
    if (key == count) return count;
  }
  return std::nullopt;
}

}  // namespace

FlowDbFile FlowDbParser::Parse() {
  ParseLines();
  StartPass();
  file_.db.Reserve(flow_lines_.size(), 0);
  for (const Line& line : flow_lines_) ParseFlow(line);
  StartPass();
  for (const Line& line : label_lines_) ParseLabel(line);
  StartPass();
  CheckCounts();
  std::stable_sort(file_.warnings.begin(), file_.warnings.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  if (file_.db.num_flows() == 0) ExplainNoFlows();
  if (file_.warnings.size() > kMaxFlowDbWarnings) file_.warnings.resize(kMaxFlowDbWarnings);
  return std::move(file_);
}

void FlowDbParser::ParseLines() {
  std::string_view rest = text_;
  if (rest.starts_with(kUtf8Bom)) rest.remove_prefix(kUtf8Bom.size());
  for (uint32_t number = 1; !rest.empty(); ++number) {
    const size_t newline = rest.find('\n');
    std::string_view text = rest.substr(0, newline);
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
    if (text.ends_with("\r")) text.remove_suffix(1);
    ParseLine({number, text});
  }
}

void FlowDbParser::ParseLine(const Line& line) {
  const std::string_view trimmed = TrimBlanks(line.text);
  if (trimmed.empty() || trimmed.front() == '#') return;
  if (line.text.size() > kMaxFlowDbLineBytes) {
    return Warn(
        line, StrCat("line of ", line.text.size(), " bytes is longer than ", kMaxFlowDbLineBytes));
  }
  if (memchr(line.text.data(), '\0', line.text.size()) != nullptr) {
    has_nul_ = true;
    return Warn(line, "NUL byte in the line");
  }
  std::optional<std::string_view> rest = line.text;
  std::string_view keyword;
  if (!TakeField(rest, keyword)) return Warn(line, std::string(kUnterminatedQuote));
  if (keyword == "FLOW" || keyword == "LABEL") {
    (keyword == "FLOW" ? flow_lines_ : label_lines_).push_back(line);
    return;
  }
  if (keyword == "METADATA") return ParseMetadata(line, rest);
  for (LocationKind kind : kLocationKinds) {
    if (keyword == LocationKindName(kind)) return ParseLocation(line, kind, rest);
  }
  Warn(line, StrCat("unknown record keyword ", Field(keyword),
                    " (known are METADATA, SOURCE, SINK, INTERMEDIATE, FLOW and LABEL)"));
}

void FlowDbParser::ParseMetadata(const Line& line, std::optional<std::string_view> rest) {
  std::string_view key_field;
  if (rest && !TakeField(rest, key_field)) return Warn(line, std::string(kUnterminatedQuote));
  if (!rest) return Warn(line, "METADATA needs 3 fields: METADATA,<key>,<value>");
  std::string key;
  std::string value;
  if (!ReadText(line, "METADATA key", key_field, key)) return;
  const std::string_view value_field = TrimBlanks(*rest);
  if (!value_field.empty() && !ReadText(line, "METADATA value", value_field, value)) return;

  if (const std::optional<std::string_view> what = CountKey(key)) {
    uint32_t count = 0;
    if (!ReadNumber(line, StrCat("METADATA count of ", *what), value, count)) return;
    expected_counts_.push_back({line, *what, count});
  }
  if (key == "version" && value != "1" && !value.starts_with("1.")) {
    Warn(line, StrCat("version ", Field(value), " is not known; the file is read as 1.2"));
  }
  file_.db.AddMetadata(std::move(key), std::move(value));
}

void FlowDbParser::ParseLocation(const Line& line, LocationKind kind,
                                 std::optional<std::string_view> rest) {
  std::string_view fields[kLocationFields];
  size_t num_fields = 1;
  for (std::string_view unused; rest; ++num_fields) {
    std::string_view& field = num_fields < kLocationFields ? fields[num_fields] : unused;
    if (!TakeField(rest, field)) return Warn(line, std::string(kUnterminatedQuote));
  }
  if (num_fields != kLocationFields) {
    std::string_view remedy =
        num_fields > kLocationFields ? " (a file name with a comma must be quoted)" : "";
    return Warn(line, StrCat(LocationKindName(kind), " needs ", kLocationFields,
                             " fields, this line has ", num_fields, remedy));
  }
  Location location = {};
  uint32_t col_start = 0;
  uint32_t col_end = 0;
  if (!ReadNumber(line, "id", fields[1], location.id) ||
      !ReadText(line, "file name", fields[2], unquoted_) ||
      !ReadNumber(line, "line number", fields[3], location.line) ||
      !ReadNumber(line, "start column", fields[4], col_start) ||
      !ReadNumber(line, "end column", fields[5], col_end)) {
    return;
  }
  if (location.line == 0) return Warn(line, "line number is 0, lines count from 1");
  if (const Location* first = file_.db.FindLocation(kind, location.id)) {
    return Warn(line, StrCat("duplicate ", LocationKindName(kind), " id ", location.id,
                             ", already used for ", PrintableText(file_.db.Describe(*first))));
  }
  SetColumns(line, col_start, col_end, location);
  location.file = file_.db.AddFile(unquoted_);
  file_.db.AddLocation(kind, location);
}

void FlowDbParser::SetColumns(const Line& line, uint32_t start, uint32_t end, Location& location) {
  if ((start == 0) != (end == 0)) {
    return Warn(line, StrCat("only one of the columns ", start, " and ", end,
                             " is 0; used with both unknown"));
  }
  location.col_start = std::min(start, end);
  location.col_end = std::max(start, end);
  if (start > end) {
    Warn(line, StrCat("columns ", start, " and ", end, " are reversed; used as ", end, "-", start));
  }
}

void FlowDbParser::ParseFlow(const Line& line) {
  std::optional<std::string_view> rest = line.text;
  std::string_view fields[4];  // FLOW, id, source id, sink id
  size_t num_fields = 0;
  for (; rest && num_fields < std::size(fields); ++num_fields) {
    if (!TakeField(rest, fields[num_fields])) return Warn(line, std::string(kUnterminatedQuote));
  }
  if (!rest) {
    return Warn(line, StrCat("FLOW needs at least ", kMinFlowFields, " fields, this line has ",
                             num_fields));
  }
  uint32_t id = 0;
  uint32_t source_id = 0;
  uint32_t sink_id = 0;
  std::string_view description;
  if (!ReadNumber(line, "flow id", fields[1], id) ||
      !ReadNumber(line, "source id", fields[2], source_id) ||
      !ReadNumber(line, "sink id", fields[3], sink_id) || !ParsePath(line, *rest, description)) {
    return;
  }
  if (!file_.db.AddFlow(id, source_id, sink_id, intermediates_, description)) {
    WarnRefusedFlow(line, id, source_id, sink_id);
  }
}

bool FlowDbParser::ParsePath(const Line& line, std::string_view text,
                             std::string_view& description) {
  text = TrimBlanks(text);
  if (!text.starts_with("[")) {
    Warn(line, "the list of intermediates does not start with '['");
    return false;
  }
  const size_t close = text.find(']');
  if (close == std::string_view::npos) {
    Warn(line, "unterminated '[', the list of intermediates has no ']'");
    return false;
  }
  intermediates_.clear();
  std::optional<std::string_view> ids;
  if (const auto list = TrimBlanks(text.substr(1, close - 1)); !list.empty()) ids = list;
  while (ids) {
    const size_t comma = ids->find(',');
    uint32_t id = 0;
    if (!ReadNumber(line, "intermediate id", TrimBlanks(ids->substr(0, comma)), id)) return false;
    intermediates_.push_back(id);
    if (comma == std::string_view::npos) break;
    ids->remove_prefix(comma + 1);
  }
  description = TrimBlanks(text.substr(close + 1));
  if (description.empty()) return true;
  if (description.front() != ',') {
    Warn(line, "no comma between ']' and the description");
    return false;
  }
  description = TrimBlanks(description.substr(1));
  if (!IsQuoted(description)) return true;
  if (!ReadText(line, "description", description, unquoted_)) return false;
  description = unquoted_;
  return true;
}

void FlowDbParser::WarnRefusedFlow(const Line& line, uint32_t id, uint32_t source_id,
                                   uint32_t sink_id) {
  const FlowDb& db = file_.db;
  if (db.FindLocation(LocationKind::kSource, source_id) == nullptr) {
    return Warn(line, StrCat("unknown source id ", source_id, " in flow ", id));
  }
  if (db.FindLocation(LocationKind::kSink, sink_id) == nullptr) {
    return Warn(line, StrCat("unknown sink id ", sink_id, " in flow ", id));
  }
  for (uint32_t intermediate : intermediates_) {
    if (db.FindLocation(LocationKind::kIntermediate, intermediate) != nullptr) continue;
    return Warn(line, StrCat("unknown intermediate id ", intermediate, " in flow ", id));
  }
  Warn(line, StrCat("duplicate flow id ", id));
}

void FlowDbParser::ParseLabel(const Line& line) {
  std::optional<std::string_view> rest = line.text;
  std::string_view fields[4];  // LABEL, kind, id, key
  size_t num_fields = 0;
  for (; rest && num_fields < std::size(fields); ++num_fields) {
    if (!TakeField(rest, fields[num_fields])) return Warn(line, std::string(kUnterminatedQuote));
  }
  if (!rest) return Warn(line, "LABEL needs 5 fields: LABEL,<record>,<id>,<key>,<value>");
  const auto* const kind =
      std::find_if(std::begin(kRecordKinds), std::end(kRecordKinds),
                   [&](RecordKind known) { return RecordKindName(known) == fields[1]; });
  if (kind == std::end(kRecordKinds)) {
    return Warn(line, StrCat("a LABEL is for a SOURCE, SINK, INTERMEDIATE or FLOW, not for ",
                             Field(fields[1])));
  }
  Label label = {.kind = *kind, .id = 0, .key = "", .value = ""};
  const std::string_view value = TrimBlanks(*rest);
  if (!ReadNumber(line, "id", fields[2], label.id) ||
      !ReadText(line, "LABEL key", fields[3], label.key) ||
      (!value.empty() && !ReadText(line, "LABEL value", value, label.value))) {
    return;
  }
  const uint32_t id = label.id;
  if (!file_.db.AddLabel(std::move(label))) {
    Warn(line, StrCat("LABEL for ", RecordKindName(*kind), " ", id, ", which is not known"));
  }
}

void FlowDbParser::CheckCounts() {
  for (const ExpectedCount& expected : expected_counts_) {
    const size_t count = CountOf(expected.what);
    if (count == expected.count) continue;
    Warn(expected.line, StrCat("METADATA promises ", expected.count, " ", expected.what,
                               ", the file has ", count, " usable"));
  }
}

size_t FlowDbParser::CountOf(std::string_view what) const {
  for (size_t i = 0; i < std::size(kLocationCounts); ++i) {
    if (what == kLocationCounts[i]) return file_.db.locations(kLocationKinds[i]).size();
  }
  return file_.db.num_flows();
}

void FlowDbParser::ExplainNoFlows() {
  std::string message;
  if (!flow_lines_.empty()) {
    // Every FLOW line has left a warning, and the earliest ones are kept.
    const auto first =
        std::lower_bound(file_.warnings.begin(), file_.warnings.end(), flow_lines_.front().number,
                         [](const auto& warning, uint32_t line) { return warning.line < line; });
    message = StrCat("has no usable FLOW line: ", flow_lines_.size(), " skipped, the first (line ",
                     flow_lines_.front().number, ") for: ", first->message,
                     "; correct what `flowmon flowdb lint` lists");
  } else if (has_nul_) {
    message = "has no FLOW line and is not text; give a .flowdb file";
  } else if (TrimBlanks(text_).empty()) {
    message = "is empty; write the flows of an analysis into it first";
  } else {
    message = "has no FLOW line; add FLOW,flowID,srcID,sinkID,[i,j],description for each flow";
  }
  ++file_.num_warnings;
  file_.warnings.insert(file_.warnings.begin(), {.line = 0, .message = message, .text = ""});
}

bool FlowDbParser::ReadNumber(const Line& line, std::string_view what, std::string_view field,
                              uint32_t& value) {
  if (ParseU32(field, value)) return true;
  Warn(line, StrCat(what, field.empty() ? "" : " ", field.empty() ? "" : Field(field), " ",
                    BadNumberReason(field)));
  return false;
}

bool FlowDbParser::ReadText(const Line& line, std::string_view what, std::string_view field,
                            std::string& value) {
  if (field.empty()) {
    Warn(line, StrCat(what, " is empty"));
    return false;
  }
  if (!IsQuoted(field)) {
    value.assign(field);
    return true;
  }
  const std::string_view error = Unquote(field, value);
  if (error.empty()) return true;
  Warn(line, StrCat(what, ": ", error));
  return false;
}

void FlowDbParser::Warn(const Line& line, std::string message) {
  ++file_.num_warnings;
  if (file_.warnings.size() >= warning_limit_) return;
  file_.warnings.push_back({.line = line.number,
                            .message = std::move(message),
                            .text = PrintableText(line.text, kWarningTextBytes)});
}

}  // namespace flowmon
