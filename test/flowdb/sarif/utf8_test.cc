#include "flowdb/sarif/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace flowmon {
namespace {

TEST(Utf8, AppendsCharactersOfEverySize) {
  std::string text;
  for (const uint32_t code : {0x41u, 0xE9u, 0x20ACu, 0x1F600u}) AppendUtf8(code, text);
  EXPECT_EQ(text, "Aé€😀");
}

TEST(Utf8, WhatIsNoCharacterIsReplaced) {
  std::string text;
  for (const uint32_t code : {0xD800u, 0xDFFFu, 0x110000u}) AppendUtf8(code, text);
  EXPECT_EQ(text, "\uFFFD\uFFFD\uFFFD");
}

TEST(Utf8, TellsTheSizeOfACharacter) {
  EXPECT_EQ(Utf8CharacterSize("ab"), 1u);
  EXPECT_EQ(Utf8CharacterSize("éb"), 2u);
  EXPECT_EQ(Utf8CharacterSize("€b"), 3u);
  EXPECT_EQ(Utf8CharacterSize("😀"), 4u);
  // Not well-formed: alone, cut off, overlong, half of a pair, too large.
  for (const char* bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"}) {
    EXPECT_EQ(Utf8CharacterSize(bad), 1u) << bad;
  }
}

TEST(Utf8, KnowsAscii) {
  EXPECT_TRUE(IsAscii("a\x7F"));
  EXPECT_FALSE(IsAscii("é"));
}

TEST(Utf8, WritesJsonStrings) {
  EXPECT_EQ(JsonString("a\"b\\c\n\x01/é"), "\"a\\\"b\\\\c\\u000a\\u0001/é\"");
  EXPECT_EQ(JsonString("\xFFx\xC3"), "\"\uFFFDx\uFFFD\"");
}

}  // namespace
}  // namespace flowmon
