#include "plugin/config_yaml.h"

#include <algorithm>
#include <climits>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugin/config_suggest.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace flowmon {
namespace {

// Thrown by the handler to stop the parser; does not leave this file.
struct Refusal {
  int line;
  std::string message;
};

class Handler : public YAML::EventHandler {
 public:
  YamlConfig Take() && { return std::move(result_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (num_documents_++ > 0) {
      throw Refusal{mark.line + 1, "a second YAML document begins; a file holds one configuration"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseDecoration(mark, "", anchor);
    switch (expect_) {
      case Expect::kRoot:  // nothing but comments
        return;
      case Expect::kGroup:  // a group whose keys are all commented out
        expect_ = Expect::kTopLevelKey;
        return;
      case Expect::kTopLevelKey:
      case Expect::kKey:
        throw Refusal{mark.line + 1, "a key has no name"};
      case Expect::kValue:
      case Expect::kExtends:
      case Expect::kExtendsItem:
        RefuseValue("has no value");
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{mark.line + 1, "YAML aliases (*name) are not supported; write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseDecoration(mark, tag, anchor);
    switch (expect_) {
      case Expect::kRoot:
        throw Refusal{mark.line + 1,
                      absl::StrCat(QuoteForMessage(value), " stands where 'group:' is needed")};
      case Expect::kTopLevelKey:
        return OnTopLevelKey(mark.line + 1, value);
      case Expect::kKey:
        return OnKey(mark.line + 1, value);
      case Expect::kGroup:
        RefuseValue(absl::StrCat("is ", QuoteForMessage(value)));
      case Expect::kValue:
        result_.settings.push_back({key_, value, key_line_});
        expect_ = Expect::kKey;
        return;
      case Expect::kExtends:
        AddExtends(mark.line + 1, value);
        expect_ = Expect::kTopLevelKey;
        return;
      case Expect::kExtendsItem:
        return AddExtends(mark.line + 1, value);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseDecoration(mark, tag, anchor);
    if (expect_ != Expect::kExtends) RefuseCollection(mark, "is a list");
    expect_ = Expect::kExtendsItem;
  }
  void OnSequenceEnd() override { expect_ = Expect::kTopLevelKey; }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseDecoration(mark, tag, anchor);
    if (expect_ == Expect::kRoot) {
      expect_ = Expect::kTopLevelKey;
    } else if (expect_ == Expect::kGroup) {
      expect_ = Expect::kKey;
    } else {
      RefuseCollection(mark, "is a map");
    }
  }
  // Only a group's end matters: after the root's nothing follows in this document.
  void OnMapEnd() override { expect_ = Expect::kTopLevelKey; }

 private:
  enum class Expect { kRoot, kTopLevelKey, kGroup, kKey, kValue, kExtends, kExtendsItem };

  void OnTopLevelKey(int line, const std::string& name) {
    if (name == "<<") {
      throw Refusal{line, "YAML merge keys (<<) are not supported; use 'extends: other.yaml'"};
    }
    const bool is_extends = name == "extends";
    if (!is_extends && !IsConfigGroup(name)) {
      throw Refusal{
          line, absl::StrCat("unknown group ", QuoteForMessage(name), SuggestConfigKey("", name))};
    }
    Remember(line, name);
    group_ = name;
    expect_ = is_extends ? Expect::kExtends : Expect::kGroup;
  }

  void OnKey(int line, const std::string& name) {
    const std::string path = absl::StrCat(group_, ".", name);
    key_ = FindConfigKey(path);
    if (key_ == nullptr) {
      throw Refusal{line, absl::StrCat("unknown key ", QuoteForMessage(path),
                                       SuggestConfigKey(group_, name))};
    }
    Remember(line, path);
    expect_ = Expect::kValue;
  }

  void Remember(int line, const std::string& path) {
    const auto [first, is_new] = lines_.try_emplace(path, line);
    if (!is_new) {
      throw Refusal{line, absl::StrFormat("%s: is already on line %d", path, first->second)};
    }
    key_line_ = line;
  }

  void AddExtends(int line, const std::string& name) {
    if (name.empty() || name.size() >= PATH_MAX || HasControlCharacter(name)) {
      throw Refusal{line, absl::StrCat("extends: ", QuoteForMessage(name), " is not a file name")};
    }
    result_.extends.push_back({name, line});
  }

  void RefuseDecoration(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      throw Refusal{mark.line + 1, "YAML anchors (&name) are not supported; write the value out"};
    }
    // "?" and "!" are the parser's marks for plain and quoted scalars.
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refusal{mark.line + 1,
                    absl::StrCat("YAML tags are not supported: ", QuoteForMessage(tag))};
    }
  }

  // For a value that cannot stand for what group_ or key_ needs.
  [[noreturn]] void RefuseValue(std::string_view problem) {
    const bool of_key = expect_ == Expect::kValue;
    std::string needed = "a file name or a list of file names";
    if (of_key) needed = DescribeType(*key_);
    if (expect_ == Expect::kGroup) needed = "a map of keys";
    if (expect_ == Expect::kExtendsItem) needed = "a file name";
    throw Refusal{key_line_,
                  absl::StrFormat("%s: %s where %s is needed",
                                  of_key ? key_->path : std::string_view(group_), problem, needed)};
  }

  [[noreturn]] void RefuseCollection(const YAML::Mark& mark, std::string_view problem) {
    if (expect_ == Expect::kRoot) {
      throw Refusal{mark.line + 1,
                    absl::StrFormat("the file %s where 'group:' is needed", problem)};
    }
    if (expect_ == Expect::kTopLevelKey || expect_ == Expect::kKey) {
      throw Refusal{mark.line + 1, absl::StrFormat("a key %s where a name is needed", problem)};
    }
    RefuseValue(problem);
  }

  YamlConfig result_;
  Expect expect_ = Expect::kRoot;
  int num_documents_ = 0;
  std::string group_;               // or "extends"
  const ConfigKey* key_ = nullptr;  // valid in kValue
  int key_line_ = 0;                // of group_ or key_, whichever came last
  absl::flat_hash_map<std::string, int> lines_;
};

absl::Status ErrorAt(std::string_view name, int line, std::string_view message) {
  return absl::InvalidArgumentError(absl::StrFormat("%s:%d: %s", name, line, message));
}

}  // namespace

absl::StatusOr<YamlConfig> ParseConfigYaml(std::string_view text, std::string_view name) {
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + nul, '\n');
    return ErrorAt(name, static_cast<int>(line), "contains a NUL byte; this is not a text file");
  }
  // yaml-cpp 0.7 takes an unterminated quote for a whole text if the file ends with a line feed.
  while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Handler handler;
    while (parser.HandleNextDocument(handler)) {
    }
    return std::move(handler).Take();
  } catch (const Refusal& refusal) {
    return ErrorAt(name, refusal.line, refusal.message);
  } catch (const YAML::Exception& error) {
    return ErrorAt(name, error.mark.line + 1, absl::StrCat("not valid YAML: ", error.msg));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: not valid YAML: %s", name, error.what()));
  }
}

}  // namespace flowmon
