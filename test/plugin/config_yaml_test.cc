#include "plugin/config_yaml.h"

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

// "path=text@line" per setting, "extends name@line" per base.
std::vector<std::string> Parsed(const std::string& text) {
  absl::StatusOr<YamlConfig> yaml = ParseConfigYaml(text, "x.yaml");
  if (!yaml.ok()) return {std::string(yaml.status().message())};
  std::vector<std::string> parsed;
  for (const YamlExtends& base : yaml->extends) {
    parsed.push_back("extends " + base.name + "@" + std::to_string(base.line));
  }
  for (const YamlSetting& setting : yaml->settings) {
    parsed.push_back(std::string(setting.key->path) + "=" + setting.text + "@" +
                     std::to_string(setting.line));
  }
  return parsed;
}

TEST(ConfigYamlTest, Accepts) {
  const struct {
    std::string text;
    std::vector<std::string> parsed;
  } cases[] = {
      {"", {}},
      {"\n\n", {}},
      {"# only a comment\n", {}},
      {"---\n...\n", {}},
      {"{}", {}},
      {"output:\n", {}},
      {"output: {}\nlogging: ~\n", {}},
      {"output:\n  buffer_kib: 1\n", {"output.buffer_kib=1@2"}},
      {"output: {buffer_kib: 1, directory: x}\n",
       {"output.buffer_kib=1@1", "output.directory=x@1"}},
      {"---\n{output: {buffer_kib: 1}}\n...\n", {"output.buffer_kib=1@2"}},
      {"output:\r\n  buffer_kib: 1\r\n", {"output.buffer_kib=1@2"}},
      {"\xef\xbb\xbfoutput:\n  buffer_kib: 1\n", {"output.buffer_kib=1@2"}},
      {"output:\n  directory: \"a \\\"b\\\"\"\n", {"output.directory=a \"b\"@2"}},
      {"output:\n  directory: 'it''s'\n", {"output.directory=it's@2"}},
      {"output:\n  directory: \"\"\n", {"output.directory=@2"}},
      {"output:\n  directory: /a#b # c\n", {"output.directory=/a#b@2"}},
      {"output:\n  directory: 7\n", {"output.directory=7@2"}},
      {"output:\n  buffer_kib: \"1\"\n", {"output.buffer_kib=1@2"}},
      {"logging:\n  level: off\n", {"logging.level=off@2"}},
      {"extends: a.yaml\n", {"extends a.yaml@1"}},
      {"extends: [a, b]\n", {"extends a@1", "extends b@1"}},
      {"extends:\n  - a\n  - b\n", {"extends a@2", "extends b@3"}},
      {"extends: []\n", {}},
      {"output:\n  buffer_kib: 1\nextends: a\n", {"extends a@3", "output.buffer_kib=1@2"}},
  };
  for (const auto& c : cases) EXPECT_EQ(Parsed(c.text), c.parsed) << c.text;
}

struct Refused {
  const char* name;  // of the test
  std::string text;
  std::string message;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class ConfigYamlRefusesTest : public testing::TestWithParam<Refused> {};

TEST_P(ConfigYamlRefusesTest, WithOneSentence) {
  const absl::Status status = ParseConfigYaml(GetParam().text, "x.yaml").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    , ConfigYamlRefusesTest,
    testing::ValuesIn(std::vector<Refused>{
        {"UnknownGroup", "\n\nprocesing:\n  record: all\n",
         "x.yaml:3: unknown group 'procesing'; did you mean 'processing'?"},
        {"UnknownGroupLikeNothing", "foo: 1\n", "x.yaml:1: unknown group 'foo'"},
        {"UnknownKey", "output:\n  bufer_kib: 1\n",
         "x.yaml:2: unknown key 'output.bufer_kib'; did you mean 'output.buffer_kib'?"},
        {"KeyOfAnotherGroup", "output:\n  level: off\n",
         "x.yaml:2: unknown key 'output.level'; did you mean 'logging.level'?"},
        {"KeyWithoutGroup", "record: new\n",
         "x.yaml:1: unknown group 'record'; did you mean 'processing.record'?"},
        {"DottedKey", "processing.record: new\n",
         "x.yaml:1: unknown group 'processing.record'; did you mean 'processing.record'?"},
        {"DuplicateKey", "output:\n  buffer_kib: 1\n  directory: a\n  buffer_kib: 1\n",
         "x.yaml:4: output.buffer_kib: is already on line 2"},
        {"DuplicateGroup", "output:\n  buffer_kib: 1\noutput:\n  directory: a\n",
         "x.yaml:3: output: is already on line 1"},
        {"DuplicateEmptyGroup", "output:\noutput:\n", "x.yaml:2: output: is already on line 1"},
        {"DuplicateExtends", "extends: a\nextends: b\n", "x.yaml:2: extends: is already on line 1"},
        {"FileIsAScalar", "42\n", "x.yaml:1: '42' stands where 'group:' is needed"},
        {"FileIsAList", "- output\n", "x.yaml:1: the file is a list where 'group:' is needed"},
        {"GroupIsAScalar", "output: 5\n", "x.yaml:1: output: is '5' where a map of keys is needed"},
        {"GroupIsAList", "output: [a]\n",
         "x.yaml:1: output: is a list where a map of keys is needed"},
        {"ValueIsMissing", "output:\n  buffer_kib:\nlogging:\n",
         "x.yaml:2: output.buffer_kib: has no value where a whole number from 1 to 65536 is "
         "needed"},
        {"ValueIsNull", "output:\n  directory: ~\n",
         "x.yaml:2: output.directory: has no value where a text is needed"},
        {"ValueIsAList", "output:\n  buffer_kib: [1]\n",
         "x.yaml:2: output.buffer_kib: is a list where a whole number from 1 to 65536 is needed"},
        {"ValueIsAMap", "processing:\n  record: {all: 1}\n",
         "x.yaml:2: processing.record: is a map where one of all, flows, new is needed"},
        {"KeyIsAList", "? [output]\n: 1\n", "x.yaml:1: a key is a list where a name is needed"},
        {"KeyIsAMap", "output:\n  ? {a: b}\n  : 1\n",
         "x.yaml:2: a key is a map where a name is needed"},
        {"KeyIsNull", "~: 1\n", "x.yaml:1: a key has no name"},
        {"KeyIsMissing", "output:\n  : 1\n", "x.yaml:2: a key has no name"},
        {"ExtendsIsNull", "extends:\n",
         "x.yaml:1: extends: has no value where a file name or a list of file names is needed"},
        {"ExtendsIsAMap", "extends: {a: b}\n",
         "x.yaml:1: extends: is a map where a file name or a list of file names is needed"},
        {"ExtendsIsEmpty", "extends: ''\n", "x.yaml:1: extends: '' is not a file name"},
        {"ExtendsHasAControlCharacter", "extends: \"a\\0b\"\n",
         "x.yaml:1: extends: 'a\\000b' is not a file name"},
        {"ExtendsIsTooLong", "extends: " + std::string(5000, 'x') + "\n",
         "x.yaml:1: extends: '" + std::string(80, 'x') + "...' is not a file name"},
        {"ExtendsHoldsANull", "extends: [a, ~]\n",
         "x.yaml:1: extends: has no value where a file name is needed"},
        {"ExtendsHoldsAList", "extends: [[a]]\n",
         "x.yaml:1: extends: is a list where a file name is needed"},
        {"Anchor", "output: &o\n  buffer_kib: 1\n",
         "x.yaml:1: YAML anchors (&name) are not supported; write the value out"},
        {"AnchorOnAValue", "output:\n  buffer_kib: &n 1\n",
         "x.yaml:2: YAML anchors (&name) are not supported; write the value out"},
        {"AnchorOnAKey", "&k output: {}\n",
         "x.yaml:1: YAML anchors (&name) are not supported; write the value out"},
        {"Alias", "output: *o\n", "x.yaml:1: not valid YAML: the referenced anchor is not defined"},
        {"MergeKey", "<<: {output: {buffer_kib: 1}}\n",
         "x.yaml:1: YAML merge keys (<<) are not supported; use 'extends: other.yaml'"},
        {"MergeKeyInAGroup", "output:\n  <<: {buffer_kib: 1}\n",
         "x.yaml:2: unknown key 'output.<<'"},
        {"Tag", "output:\n  buffer_kib: !!int 5\n",
         "x.yaml:2: YAML tags are not supported: 'tag:yaml.org,2002:int'"},
        {"TagOnAGroup", "output: !x {}\n", "x.yaml:1: YAML tags are not supported: '!x'"},
        {"SecondDocument", "output: {}\n---\nlogging: {}\n",
         "x.yaml:2: a second YAML document begins; a file holds one configuration"},
        {"SecondDocumentAfterAnEnd", "output: {}\n...\nlogging: {}\n",
         "x.yaml:3: a second YAML document begins; a file holds one configuration"},
        {"UnterminatedList", "extends: [a, b\noutput:\n  buffer_kib: 1\n",
         "x.yaml:2: not valid YAML: end of sequence flow not found"},
        // With the line feed at the end: yaml-cpp itself would take the rest of the file for the
        // text.
        {"UnterminatedQuote", "output:\n  directory: \"abc\n  buffer_kib: 1\n",
         "x.yaml:3: not valid YAML: illegal EOF in scalar"},
        {"UnterminatedSingleQuote", "output:\n  directory: 'abc\n \n",
         "x.yaml:2: not valid YAML: illegal EOF in scalar"},
        {"UnknownEscape", "output:\n  directory: \"a\\qb\"\n",
         "x.yaml:2: not valid YAML: unknown escape character: q"},
        {"Tab", "output:\n  buffer_kib: 1\n\tdirectory: a\n",
         "x.yaml:3: not valid YAML: illegal tab when looking for indentation"},
        {"Indentation", "output:\n  buffer_kib: 1\n directory: a\n",
         "x.yaml:3: not valid YAML: end of map not found"},
        {"ColonInAValue", "output:\n  directory: a: b\n",
         "x.yaml:2: not valid YAML: illegal map value"},
        {"TrailingBracket", "output: {buffer_kib: 1}]\n",
         "x.yaml:1: not valid YAML: illegal flow end"},
        {"Nul", std::string("output:\n  directory: a\0b\n", 24),
         "x.yaml:2: contains a NUL byte; this is not a text file"},
        {"Utf16", std::string("\xff\xfeo\0u\0", 6),
         "x.yaml:1: contains a NUL byte; this is not a text file"},
    }),
    [](const testing::TestParamInfo<Refused>& test) { return std::string(test.param.name); });

TEST(ConfigYamlTest, RefusesAnAliasBomb) {
  std::string text = "extends: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    text += absl::StrFormat("a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
  }
  EXPECT_EQ(Parsed(text),
            std::vector<std::string>{
                "x.yaml:1: YAML anchors (&name) are not supported; write the value out"});
}

// A megabyte of each must end with an error instead of the stack.
TEST(ConfigYamlTest, SurvivesHugeNesting) {
  for (const std::string prefix : {"", "output: ", "extends: ", "output:\n  buffer_kib: "}) {
    for (const std::string unit :
         {"[", "{", "- ", "? ", "[a: ", "{a: ", "&a ", "!a ", "*a ", "[["}) {
      std::string text = prefix;
      while (text.size() < (1 << 20)) text += unit;
      EXPECT_FALSE(ParseConfigYaml(text, "x.yaml").ok()) << prefix << unit;
    }
  }
}

}  // namespace
}  // namespace flowmon
