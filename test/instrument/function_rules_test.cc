#include "runtime/instrument/function_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "flowdb/str_cat.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr SizeRule Returned() { return {SizeRule::Kind::kReturned}; }
constexpr SizeRule Argument(int8_t a) { return {SizeRule::Kind::kArgument, a}; }

struct DataCase {
  const char* text;
  DataRule rule;
};

class FunctionRulesDataTest : public ::testing::TestWithParam<DataCase> {};

TEST_P(FunctionRulesDataTest, IsRead) {
  const auto rules = FunctionRules::Parse(StrCat("source:f=", GetParam().text), "my.list");
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_THAT(rules->rules(), SizeIs(1));
  EXPECT_EQ(rules->rules()[0].data, GetParam().rule);
}

INSTANTIATE_TEST_SUITE_P(
    All, FunctionRulesDataTest,
    ::testing::Values(
        DataCase{"bytes:1,size:return", {DataRule::Kind::kBytes, 1, Returned()}},
        DataCase{"bytes:0,size:argument2", {DataRule::Kind::kBytes, 0, Argument(2)}},
        DataCase{"bytes:return,size:argument99", {DataRule::Kind::kBytes, -1, Argument(99)}},
        DataCase{"bytes:0,size:argument1*argument2",
                 {DataRule::Kind::kBytes, 0, {SizeRule::Kind::kProduct, 1, 2}}},
        DataCase{"bytes:0,size:return*argument1",
                 {DataRule::Kind::kBytes, 0, {SizeRule::Kind::kReturnedTimes, 1}}},
        DataCase{"bytes:*0,size:return", {DataRule::Kind::kPointeeBytes, 0, Returned()}},
        DataCase{"text:3", {DataRule::Kind::kText, 3, {}}},
        DataCase{"text:return", {DataRule::Kind::kText, kReturnValue, {}}},
        DataCase{"text:1,size:argument2", {DataRule::Kind::kText, 1, Argument(2)}},
        DataCase{"text:*0", {DataRule::Kind::kPointeeText, 0, {}}},
        DataCase{"value:2", {DataRule::Kind::kValue, 2, {}}},
        DataCase{"value:return", {DataRule::Kind::kValue, kReturnValue, {}}},
        DataCase{"size:argument0", {DataRule::Kind::kSize, 0, Argument(0)}},
        DataCase{"size:argument0*argument1",
                 {DataRule::Kind::kSize, 0, {SizeRule::Kind::kProduct, 0, 1}}}));

TEST(FunctionRulesTest, CommentsBlanksAndLineEndsOfAnyKind) {
  const auto rules = FunctionRules::Parse(
      "# mine\r\n\n   source:my_recv = bytes:1,size:return  # note\r\n\t\nsink:my_exec=text:0",
      "my.list");
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_THAT(rules->rules(), SizeIs(2));
  EXPECT_EQ(rules->rules()[0].name, "my_recv");
  EXPECT_EQ(rules->rules()[0].role, FunctionRole::kSource);
  EXPECT_EQ(rules->rules()[0].line, 3u);
  EXPECT_EQ(rules->rules()[1].name, "my_exec");
  EXPECT_EQ(rules->rules()[1].role, FunctionRole::kSink);
  EXPECT_EQ(rules->rules()[1].line, 5u);
}

struct ErrorCase {
  const char* line;
  const char* message;
};

class FunctionRulesErrorTest : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(FunctionRulesErrorTest, NamesLineAndReason) {
  const auto rules = FunctionRules::Parse(StrCat("# one\n", GetParam().line, "\n"), "my.list");
  ASSERT_FALSE(rules.ok());
  EXPECT_THAT(std::string(rules.status().message()), HasSubstr("my.list:2: "));
  EXPECT_THAT(std::string(rules.status().message()), HasSubstr(GetParam().message));
}

constexpr char kNothing[] = "is not what can be reported: bytes:N,size:S, text:N";
INSTANTIATE_TEST_SUITE_P(
    All, FunctionRulesErrorTest,
    ::testing::Values(
        ErrorCase{"my_recv=bytes:1,size:return",
                  "'my_recv=bytes:1,size:return' begins neither with source: nor with sink:"},
        ErrorCase{"[section]", "'[section]' begins neither with source: nor with sink:"},
        ErrorCase{"source:my_recv", "does not say what is reported"},
        ErrorCase{"source:=text:0", "names no function"},
        ErrorCase{"source:f=", "'' is not what can be reported"},
        ErrorCase{"source:f=bytes:1", kNothing}, ErrorCase{"source:f=bytes:,size:return", kNothing},
        ErrorCase{"source:f=bytes:1,size:", kNothing},
        ErrorCase{"source:f=bytes:1,size:2", kNothing},
        ErrorCase{"source:f=bytes:1,size:argument", kNothing},
        ErrorCase{"source:f=bytes:1,size:argumentreturn", kNothing},
        ErrorCase{"source:f=bytes:1,size:argument1*", kNothing},
        ErrorCase{"source:f=bytes:1,size:argument1*return", kNothing},
        ErrorCase{"source:f=bytes:1,size:argument1*argument2*argument3", kNothing},
        ErrorCase{"source:f=bytes:*return,size:argument1", kNothing},
        ErrorCase{"source:f=bytes:100,size:return", kNothing},
        ErrorCase{"source:f=bytes:-1,size:return", kNothing},
        ErrorCase{"source:f=bytes:+1,size:return", kNothing},
        ErrorCase{"source:f=bytes: 1,size:return", kNothing},
        ErrorCase{"source:f=text:0,text:1", kNothing},
        ErrorCase{"source:f=value:0,size:return", kNothing},
        ErrorCase{"source:f=size:return,size:return", kNothing},
        ErrorCase{"source:f=words:0", "'words:0' is not what can be reported"},
        ErrorCase{"sink:f=value:return", "before the call, when nothing has been returned yet"},
        ErrorCase{"sink:f=bytes:0,size:return", "before the call"},
        ErrorCase{"sink:f=bytes:0,size:return*argument1", "before the call"}));

TEST(FunctionRulesTest, TheLastLineThatFitsWins) {
  const auto rules = FunctionRules::Parse(
      "source:net_*=text:0\nsource:net_read=text:1\nsink:net_*=text:2\n", "my.list");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ(rules->Find(FunctionRole::kSource, "net_read")->line, 2u);
  EXPECT_EQ(rules->Find(FunctionRole::kSource, "net_recv")->line, 1u);
  EXPECT_EQ(rules->Find(FunctionRole::kSink, "net_read")->line, 3u);
  EXPECT_EQ(rules->Find(FunctionRole::kSink, "read"), nullptr);
}

struct NameCase {
  const char* name;
  const char* symbol;
  bool fits;
};

class FunctionRulesNameTest : public ::testing::TestWithParam<NameCase> {};

TEST_P(FunctionRulesNameTest, FitsOrNot) {
  const auto [name, symbol, fits] = GetParam();
  const auto rules = FunctionRules::Parse(StrCat("sink:", name, "=value:0"), "my.list");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ(rules->Find(FunctionRole::kSink, symbol) != nullptr, fits);
}

INSTANTIATE_TEST_SUITE_P(
    All, FunctionRulesNameTest,
    ::testing::Values(NameCase{"f", "f", true}, NameCase{"f", "ff", false},
                      NameCase{"f*", "f", true}, NameCase{"*f", "off", true},
                      NameCase{"*a*b*c", "xaxbxbxc", true}, NameCase{"*a*b*c", "xaxcxb", false},
                      NameCase{"f?", "f", false}, NameCase{"f?", "fx", true},
                      NameCase{"*", "", true},
                      NameCase{"ns::Socket::Send", "_ZN2ns6Socket4SendEPKvm", true},
                      NameCase{"_ZN2ns6Socket4SendEPKvm", "_ZN2ns6Socket4SendEPKvm", true},
                      NameCase{"*::Send", "_ZN2ns6Socket4SendEPKvm", true},
                      NameCase{"Send", "_ZN2ns6Socket4SendEPKvm", false},
                      NameCase{"ns::Socket::size", "_ZNK2ns6Socket4sizeEv", true},
                      NameCase{"*operator==", "_ZN2nseqERKNS_1AES2_", true}));

TEST(FunctionRulesTest, QualifiedNames) {
  EXPECT_EQ(QualifiedName("main"), "main");
  EXPECT_EQ(QualifiedName("_Znonsense"), "_Znonsense");
  EXPECT_EQ(QualifiedName("_ZN2ns6Socket4SendEPKvm"), "ns::Socket::Send");
  EXPECT_EQ(QualifiedName("_Z3maxIiET_S0_S0_"), "max<int>");  // int max<int>(int, int)
  EXPECT_EQ(QualifiedName("_ZN2nseqERKNS_1AES2_"), "ns::operator==");
  EXPECT_EQ(QualifiedName("_ZN12_GLOBAL__N_11fEi"), "(anonymous namespace)::f");
  EXPECT_EQ(QualifiedName("_ZNK1AcvbEv"), "A::operator bool");
  EXPECT_EQ(QualifiedName("_Znwm"), "operator new");
  EXPECT_EQ(QualifiedName("_ZNK1AclEi"), "A::operator()");
}

TEST(FunctionRulesTest, FilesAreRead) {
  const test::TempDir dir;
  test::WriteFile(dir / "my.list", "sink:f=text:0\n");
  EXPECT_THAT(FunctionRules::Read(dir / "my.list")->rules(), SizeIs(1));
  test::WriteFile(dir / "empty.list", "");
  EXPECT_THAT(FunctionRules::Read(dir / "empty.list")->rules(), IsEmpty());
  EXPECT_THAT(std::string(FunctionRules::Read(dir / "none.list").status().message()),
              HasSubstr("cannot read "));
  EXPECT_FALSE(FunctionRules::Read(dir.path()).ok());
}

// Whatever is in the file: rules, or one sentence with the line.
TEST(FunctionRulesTest, GarbageIsRefusedOrRead) {
  std::mt19937 random(1);
  const std::string pieces[] = {
      "source:",  "sink:",  "f",      "*",  "=",  "bytes:", "text:",
      "size:",    "return", "1",      ",",  "\n", "#",      "value:",
      "argument", "\r",     "_ZN2ns", "::", "\t", "\xff",   std::string(1, '\0'),
      "99",       "[",      "?"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t n = random() % 24; n > 0; --n) text += pieces[random() % std::size(pieces)];
    const auto rules = FunctionRules::Parse(text, "my.list");
    if (!rules.ok()) {
      EXPECT_THAT(std::string(rules.status().message()), HasSubstr("my.list:")) << text;
    } else {
      rules->Find(FunctionRole::kSource, text);
      rules->Find(FunctionRole::kSink, "_ZN2ns6Socket4SendEPKvm");
    }
  }
}

}  // namespace
}  // namespace flowmon
