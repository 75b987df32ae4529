/* Fuzz entry of the libyaml example: parses the input and writes it again, as YAML.
 *
 * The last byte chooses how, as its difference (xor) from a line feed: an ordinary file, which ends
 * with one, is loaded as documents and dumped with all defaults.
 *
 *     1    canonical output: everything quoted and tagged
 *     2    only ASCII in the output: everything else is escaped
 *     4    lines of 20 columns instead of 80
 *     8    output in UTF-16 instead of UTF-8
 *     16   event by event, without building documents */

#include <stdint.h>
#include <yaml.h>

#define OPTION_CANONICAL 1
#define OPTION_ASCII 2
#define OPTION_NARROW 4
#define OPTION_UTF16 8
#define OPTION_EVENTS 16

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* Until the input ends or is wrong, or the output is full. Dumping a document takes it over. */
static void copy_documents(yaml_parser_t* parser, yaml_emitter_t* emitter) {
  yaml_document_t document;
  if (!yaml_emitter_open(emitter)) return;
  while (yaml_parser_load(parser, &document)) {
    if (yaml_document_get_root_node(&document) == NULL) {
      yaml_document_delete(&document);
      yaml_emitter_close(emitter);
      return;
    }
    if (!yaml_emitter_dump(emitter, &document)) return;
  }
}

/* Emitting an event takes it over, too. */
static void copy_events(yaml_parser_t* parser, yaml_emitter_t* emitter) {
  yaml_event_t event;
  int is_last = 0;
  while (!is_last && yaml_parser_parse(parser, &event)) {
    is_last = event.type == YAML_STREAM_END_EVENT;
    if (!yaml_emitter_emit(emitter, &event)) return;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static unsigned char output[1 << 16];
  size_t output_size;
  yaml_parser_t parser;
  yaml_emitter_t emitter;
  int options;

  if (size == 0) return 0;
  options = data[size - 1] ^ '\n';
  if (!yaml_parser_initialize(&parser)) return 0;
  yaml_parser_set_input_string(&parser, data, size - 1);
  if (yaml_emitter_initialize(&emitter)) {
    yaml_emitter_set_output_string(&emitter, output, sizeof(output), &output_size);
    yaml_emitter_set_canonical(&emitter, options & OPTION_CANONICAL);
    yaml_emitter_set_unicode(&emitter, !(options & OPTION_ASCII));
    if (options & OPTION_NARROW) yaml_emitter_set_width(&emitter, 20);
    /* Chosen either way: by itself the emitter would take that of the input. */
    yaml_emitter_set_encoding(&emitter,
                              options & OPTION_UTF16 ? YAML_UTF16LE_ENCODING : YAML_UTF8_ENCODING);
    if (options & OPTION_EVENTS) {
      copy_events(&parser, &emitter);
    } else {
      copy_documents(&parser, &emitter);
    }
    yaml_emitter_delete(&emitter);
  }
  yaml_parser_delete(&parser);
  return 0;
}
