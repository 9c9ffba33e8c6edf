/* The loop that C programs write for BitMessage's proof of work: SHA512_Init, Update, Final for each hash.
 *
 * Usage: openssl_loop TRIALS. Prints the nanoseconds that so many trials took. It keeps the least value, so that no
 * compiler can leave the work out. */
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    unsigned long trials = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned char message[72] = {0};
    unsigned char digest[64];
    uint64_t least = UINT64_MAX;
    struct timespec from, to;

    clock_gettime(CLOCK_MONOTONIC, &from);
    for (uint64_t nonce = 0; nonce < trials; nonce++) {
        SHA512_CTX context;
        uint64_t value = __builtin_bswap64(nonce);
        memcpy(message, &value, 8);
        SHA512_Init(&context);
        SHA512_Update(&context, message, sizeof message);
        SHA512_Final(digest, &context);
        SHA512_Init(&context);
        SHA512_Update(&context, digest, sizeof digest);
        SHA512_Final(digest, &context);
        memcpy(&value, digest, 8);
        value = __builtin_bswap64(value);
        if (value < least)
            least = value;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%lld\n%llu\n", (to.tv_sec - from.tv_sec) * 1000000000ll + (to.tv_nsec - from.tv_nsec),
           (unsigned long long)least);
    return 0;
}
