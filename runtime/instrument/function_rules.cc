#include "runtime/instrument/function_rules.h"

#include <cxxabi.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kMaxShown = 60;

constexpr char kWhatMayStandThere[] =
    "bytes:N,size:S, text:N[,size:S], value:N or size:S, where N is the number of an argument from "
    "0, or return, and S is return, argumentN, argumentN*argumentN or return*argumentN";

// For messages.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text.substr(0, kMaxShown)) {
    quoted += absl::ascii_isprint(static_cast<unsigned char>(c)) ? c : '?';
  }
  return quoted + (text.size() > kMaxShown ? "...'" : "'");
}

std::string_view Trim(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(AbslView(text));
  return {trimmed.data(), trimmed.size()};
}

bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Digits, or "return".
std::optional<int8_t> ParseArgument(std::string_view text) {
  if (text == "return") return kReturnValue;
  // SimpleAtoi() alone would take blanks and a sign.
  if (text.empty() || text.size() > 2) return std::nullopt;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
  }
  int number = 0;
  if (!absl::SimpleAtoi(AbslView(text), &number)) return std::nullopt;
  return static_cast<int8_t>(number);
}

std::optional<int8_t> ParseFactor(std::string_view text) {
  if (text == "return") return kReturnValue;
  if (!ConsumePrefix(text, "argument") || text == "return") return std::nullopt;
  return ParseArgument(text);
}

std::optional<SizeRule> ParseSize(std::string_view text) {
  const size_t star = text.find('*');
  const std::optional<int8_t> a = ParseFactor(text.substr(0, star));
  if (!a) return std::nullopt;
  if (star == std::string_view::npos) {
    if (*a == kReturnValue) return SizeRule{SizeRule::Kind::kReturned};
    return SizeRule{SizeRule::Kind::kArgument, *a};
  }
  const std::optional<int8_t> b = ParseFactor(text.substr(star + 1));
  if (!b || *b == kReturnValue) return std::nullopt;
  if (*a == kReturnValue) return SizeRule{SizeRule::Kind::kReturnedTimes, *b};
  return SizeRule{SizeRule::Kind::kProduct, *a, *b};
}

std::optional<DataRule> ParseData(std::string_view text) {
  std::optional<SizeRule> size;
  std::string_view what = text.substr(0, text.find(','));
  if (what.size() < text.size()) {
    std::string_view rest = text.substr(what.size() + 1);
    if (!ConsumePrefix(rest, "size:")) return std::nullopt;
    size = ParseSize(rest);
    if (!size) return std::nullopt;
  }
  if (ConsumePrefix(what, "size:")) {
    const std::optional<SizeRule> value = ParseSize(what);
    if (!value || size) return std::nullopt;
    return DataRule{DataRule::Kind::kSize, 0, *value};
  }
  if (ConsumePrefix(what, "value:")) {
    const std::optional<int8_t> argument = ParseArgument(what);
    if (!argument || size) return std::nullopt;
    return DataRule{DataRule::Kind::kValue, *argument, {}};
  }
  const bool is_bytes = ConsumePrefix(what, "bytes:");
  if (!is_bytes && !ConsumePrefix(what, "text:")) return std::nullopt;
  const bool is_pointee = ConsumePrefix(what, "*");
  const std::optional<int8_t> argument = ParseArgument(what);
  if (!argument || (is_bytes && !size)) return std::nullopt;
  if (is_pointee && (*argument == kReturnValue || (!is_bytes && size))) return std::nullopt;
  const DataRule::Kind kind =
      is_bytes ? (is_pointee ? DataRule::Kind::kPointeeBytes : DataRule::Kind::kBytes)
               : (is_pointee ? DataRule::Kind::kPointeeText : DataRule::Kind::kText);
  return DataRule{kind, *argument, size.value_or(SizeRule{})};
}

absl::StatusOr<FunctionRule> ParseRule(std::string_view line) {
  FunctionRule rule = {};
  std::string_view rest = line;
  if (ConsumePrefix(rest, "source:")) {
    rule.role = FunctionRole::kSource;
  } else if (ConsumePrefix(rest, "sink:")) {
    rule.role = FunctionRole::kSink;
  } else {
    return absl::InvalidArgumentError(
        StrCat(Quoted(line), " begins neither with source: nor with sink:"));
  }
  const size_t equals = rest.rfind('=');  // the name may be that of an operator
  if (equals == std::string_view::npos) {
    return absl::InvalidArgumentError(
        StrCat(Quoted(line), " does not say what is reported: add =", kWhatMayStandThere));
  }
  rule.name = Trim(rest.substr(0, equals));
  if (rule.name.empty()) {
    return absl::InvalidArgumentError(StrCat(Quoted(line), " names no function"));
  }
  const std::string_view data = Trim(rest.substr(equals + 1));
  const std::optional<DataRule> parsed = ParseData(data);
  if (!parsed) {
    return absl::InvalidArgumentError(
        StrCat(Quoted(data), " is not what can be reported: ", kWhatMayStandThere));
  }
  rule.data = *parsed;
  if (rule.role == FunctionRole::kSink && NeedsReturnValue(rule.data)) {
    return absl::InvalidArgumentError(StrCat(
        Quoted(data), ": a sink is reported before the call, when nothing has been returned yet"));
  }
  return rule;
}

// `*` stands for any characters, `?` for one. Linear but for the last `*`, which alone is retried.
bool GlobMatches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// The position of the bracket that opens what `close` ends; npos if it is not there.
size_t OpeningBracket(std::string_view text, size_t close) {
  int depth = 0;
  for (size_t i = close + 1; i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string QualifiedName(std::string_view symbol) {
  const std::string mangled(symbol);
  int status = 0;
  const std::unique_ptr<char, decltype(&free)> demangled(
      symbol.starts_with("_Z") ? abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status)
                               : nullptr,
      &free);
  if (!demangled) return mangled;
  std::string_view name = demangled.get();
  const size_t close = name.rfind(')');
  if (close == std::string_view::npos) return std::string(name);
  const size_t open = OpeningBracket(name, close);
  if (open != std::string_view::npos) name = name.substr(0, open);
  // The type that an instance of a template returns stands in front; an operator's own name may
  // have blanks.
  const size_t operator_name = name.find("operator");
  int depth = 0;
  for (size_t i = std::min(operator_name, name.size()); i-- > 0;) {
    if (name[i] == '>' || name[i] == ')') ++depth;
    if (name[i] == '<' || name[i] == '(') --depth;
    if (name[i] == ' ' && depth == 0) return std::string(name.substr(i + 1));
  }
  return std::string(name);
}

absl::StatusOr<FunctionRules> FunctionRules::Parse(std::string_view text,
                                                   std::string_view file_name) {
  FunctionRules result;
  uint32_t number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    line = Trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    absl::StatusOr<FunctionRule> rule = ParseRule(line);
    if (!rule.ok()) {
      return absl::InvalidArgumentError(
          StrCat(file_name, ":", number, ": ", rule.status().message()));
    }
    rule->line = number;
    result.rules_.push_back(*std::move(rule));
  }
  return result;
}

absl::StatusOr<FunctionRules> FunctionRules::Read(const std::string& path) {
  const std::unique_ptr<FILE, decltype(&fclose)> file(fopen(path.c_str(), "re"), &fclose);
  std::string text;
  char block[4096];
  while (file) {
    const size_t n = fread(block, 1, sizeof(block), file.get());
    if (n == 0) break;
    text.append(block, n);
  }
  if (!file || ferror(file.get()) != 0) {
    return absl::ErrnoToStatus(errno, StrCat("cannot read ", path));
  }
  return Parse(text, path);
}

const FunctionRule* FunctionRules::Find(FunctionRole role, std::string_view symbol) const {
  std::string qualified;  // once it is needed
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->role != role) continue;
    if (GlobMatches(rule->name, symbol)) return &*rule;
    if (qualified.empty()) qualified = QualifiedName(symbol);
    if (GlobMatches(rule->name, qualified)) return &*rule;
  }
  return nullptr;
}

}  // namespace flowmon
