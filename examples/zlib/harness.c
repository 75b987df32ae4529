/* Fuzz entry of the zlib example: decompresses the input, and on request compresses the result
 * again.
 *
 * The last byte chooses how:
 *
 *     1    raw deflate data; otherwise zlib and gzip headers are told apart, and gzip's is stored
 *     2    7 bytes in and 50 bytes out at a time, instead of all at once
 *     4    after wrong data, search for the next place to go on (inflateSync)
 *     8    compress what came out, by the strategy and level of the last but one byte */

#define ZLIB_CONST /* the input stays as it is */
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define OPTION_RAW 1
#define OPTION_PIECES 2
#define OPTION_SYNC 4
#define OPTION_COMPRESS 8

#define GZIP_OR_ZLIB 32 /* added to the window's size: inflateInit2 looks at the header */

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static uInt smaller(size_t left, size_t limit) { return (uInt)(left < limit ? left : limit); }

/* The whole input, or until the output is full. Returns the number of bytes in the output. */
static size_t decompress(const uint8_t* data, size_t size, int options, uint8_t* output,
                         size_t capacity) {
  static const Bytef dictionary[] = "a preset dictionary, which zlib's header may ask for";
  Bytef extra[16];
  Bytef name[16];
  Bytef comment[16];
  gz_header header = {.extra = extra,
                      .extra_max = sizeof extra,
                      .name = name,
                      .name_max = sizeof name,
                      .comment = comment,
                      .comm_max = sizeof comment};
  z_stream stream = {.next_in = data};
  size_t piece_in = options & OPTION_PIECES ? 7 : size;
  size_t piece_out = options & OPTION_PIECES ? 50 : capacity;
  int status = inflateInit2(&stream, options & OPTION_RAW ? -MAX_WBITS : MAX_WBITS + GZIP_OR_ZLIB);
  if (status != Z_OK) return 0;
  inflateGetHeader(&stream, &header); /* refused for raw data, which has none */
  while (stream.total_out < capacity) {
    stream.next_out = output + stream.total_out;
    stream.avail_out = smaller(capacity - stream.total_out, piece_out);
    if (stream.avail_in == 0) {
      stream.avail_in = smaller(size - (size_t)(stream.next_in - data), piece_in);
    }
    status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_NEED_DICT) {
      status = inflateSetDictionary(&stream, dictionary, sizeof dictionary - 1);
    } else if (status == Z_DATA_ERROR && options & OPTION_SYNC) {
      status = inflateSync(&stream);
    }
    if (status != Z_OK) break;
  }
  size = stream.total_out;
  inflateEnd(&stream);
  return size;
}

static void compress_again(const uint8_t* data, size_t size, unsigned choice) {
  static Bytef output[1 << 16];
  z_stream stream = {.next_in = data, .avail_in = (uInt)size};
  int level = (int)(choice % 10);
  int strategy = (int)(choice / 10 % (Z_FIXED + 1));
  if (deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS, 8, strategy) != Z_OK) return;
  stream.next_out = output;
  stream.avail_out = sizeof output;
  deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static uint8_t output[1 << 16];
  if (size < 2) return 0;
  int options = data[size - 1];
  size_t output_size = decompress(data, size - 2, options, output, sizeof output);
  if (options & OPTION_COMPRESS) compress_again(output, output_size, data[size - 2]);
  return 0;
}
