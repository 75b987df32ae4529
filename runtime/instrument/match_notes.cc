#include "runtime/instrument/match_notes.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace flowmon {
namespace {

std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\0'; }, '?');
  return line;
}

std::string OneWord(std::string_view text) {
  std::string word = OneLine(text);
  std::replace(word.begin(), word.end(), ' ', '?');
  return word;
}

// Takes the word up to the next blank off the front of `rest`.
std::string_view TakeWord(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

bool ParseMatch(std::string_view rest, MatchNote& match) {
  const std::string_view kind_name = TakeWord(rest);
  const auto* kind = std::find_if(std::begin(kLocationKinds), std::end(kLocationKinds),
                                  [&](auto k) { return LocationKindName(k) == kind_name; });
  const std::string_view id = TakeWord(rest);
  const std::string_view how = TakeWord(rest);
  if (kind == std::end(kLocationKinds) || (how != "exact" && how != "approximate") ||
      !absl::SimpleAtoi(absl::string_view(id.data(), id.size()), &match.id)) {
    return false;
  }
  match.kind = *kind;
  match.exact = how == "exact";
  match.what = TakeWord(rest);
  match.place = rest;
  return !match.what.empty() && !match.place.empty();
}

bool ParseLine(std::string_view line, std::vector<ObjectNotes>& objects) {
  std::string_view rest = line;
  const std::string_view keyword = TakeWord(rest);
  if (keyword == "db") {
    const std::string_view hash = TakeWord(rest);
    ObjectNotes& object = objects.emplace_back();
    object.db_path = rest;
    return absl::SimpleHexAtoi(absl::string_view(hash.data(), hash.size()), &object.db_hash);
  }
  if (objects.empty()) return false;
  if (keyword == "unit") {
    objects.back().units.emplace_back(rest);
    return !rest.empty();
  }
  return keyword == "loc" && ParseMatch(rest, objects.back().matches.emplace_back());
}

}  // namespace

std::string FormatObjectNotes(const ObjectNotes& notes) {
  std::string text = absl::StrFormat("db %016x %s\n", notes.db_hash, OneLine(notes.db_path));
  for (const std::string& unit : notes.units) absl::StrAppend(&text, "unit ", OneLine(unit), "\n");
  for (const MatchNote& match : notes.matches) {
    const std::string_view kind = LocationKindName(match.kind);
    absl::StrAppend(&text, "loc ", absl::string_view(kind.data(), kind.size()), " ", match.id,
                    match.exact ? " exact " : " approximate ", OneWord(match.what), " ",
                    OneLine(match.place), "\n");
  }
  return text;
}

absl::StatusOr<std::vector<ObjectNotes>> ParseMatchNotes(std::string_view section) {
  std::vector<ObjectNotes> objects;
  while (!section.empty()) {
    std::string_view line = section.substr(0, section.find('\n'));
    section.remove_prefix(std::min(line.size() + 1, section.size()));
    line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));
    if (line.empty()) continue;
    if (!ParseLine(line, objects)) {
      return absl::DataLossError(
          absl::StrCat("section ", kMatchNotesSection,
                       " holds a line that flow-cc did not write: ", OneLine(line.substr(0, 200))));
    }
  }
  return objects;
}

}  // namespace flowmon
