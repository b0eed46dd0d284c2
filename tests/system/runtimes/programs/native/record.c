// SPDX-License-Identifier: Apache-2.0
#include "record.h"

char k_why[512];
static char steps[16384];
static char facts[16384];

bool fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (k_why[0] == '\0')
    vsnprintf(k_why, sizeof k_why, format, arguments);
  va_end(arguments);
  return false;
}

static void add(char* list, size_t room, const char* name, const char* value) {
  size_t at = strlen(list);
  at += (size_t)snprintf(list + at, room - at, "%s\"%s\": \"", at > 0 ? ", " : "", name);
  for (; *value != '\0' && at + 4 < room; ++value) // what JSON would have escaped becomes a blank
    list[at++] = *value == '"' || *value == '\\' || (unsigned char)*value < ' ' ? ' ' : *value;
  snprintf(list + at, room - at, "\"");
}

void step(const char* name, bool (*run)(void)) {
  char outcome[600] = "ok";
  k_why[0] = '\0';
  if (!run() || k_why[0] != '\0')
    snprintf(outcome, sizeof outcome, "failed: %s", k_why);
  add(steps, sizeof steps, name, outcome);
}

void fact(const char* name, const char* format, ...) {
  char value[9000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(value, sizeof value, format, arguments);
  va_end(arguments);
  add(facts, sizeof facts, name, value);
}

bool fresh(bool (*draw)(unsigned char* bytes, size_t size), size_t size) {
  unsigned char first[4096] = {0};
  unsigned char second[4096] = {0};
  if (size > sizeof first)
    return fail("%zu bytes are more than a test draws", size);
  if (!draw(first, size) || !draw(second, size))
    return fail("cannot draw");
  if (memcmp(first, second, size) == 0)
    return fail("drew the same twice");
  // A short fill leaves zeros at the end; eight in a row come once in 2^64 draws.
  static const unsigned char zeros[8];
  if (size >= 16 && (memcmp(first + size - 8, zeros, 8) == 0 || memcmp(second + size - 8, zeros, 8) == 0))
    return fail("the end was not filled");
  return true;
}

void finish(void) {
  printf("\n{\"steps\": {%s}, \"facts\": {%s}}\n", steps, facts);
  fflush(stdout);
}
