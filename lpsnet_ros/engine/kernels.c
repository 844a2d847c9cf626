/* The two ends of the pipeline on a CPU: camera frame to network input, logits to class ids.
 *
 * Both resize bilinearly with aligned corners. Rows are independent, so that the caller may split
 * them among threads. Built by native.py; plain C11, no library.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MAX_CLASSES 256

typedef struct {
    int first, second;
    float weight; /* of second */
} Neighbours;

static Neighbours neighbours(int index, int size, int new_size)
{
    const float step = new_size > 1 ? (float)((double)(size - 1) / (double)(new_size - 1)) : 0.0f;
    const float position = (float)index * step;
    Neighbours n;
    n.first = (int)position < size ? (int)position : size - 1;
    n.second = n.first + 1 < size ? n.first + 1 : size - 1;
    n.weight = position - (float)n.first;
    return n;
}

static float mix(float a, float b, float weight)
{
    return a * (1.0f - weight) + b * weight;
}

/* Resize rows [row_begin, row_end) of a uint8 (height, width, 3) frame to float (.., new_width, 3).
 *
 * frame_stride: bytes from row to row; out_stride: floats from row to row.
 * mixed_row: scratch of width * 3 floats, one for each thread.
 */
void resize_frame(const uint8_t *frame, int height, int width, ptrdiff_t frame_stride,
                  float *out, int new_height, int new_width, ptrdiff_t out_stride,
                  int row_begin, int row_end, float *mixed_row)
{
    for (int y = row_begin; y < row_end; ++y) {
        const Neighbours v = neighbours(y, height, new_height);
        const uint8_t *upper = frame + v.first * frame_stride;
        const uint8_t *lower = frame + v.second * frame_stride;
        float *row = out + y * out_stride;
        for (int i = 0; i < width * 3; ++i)
            mixed_row[i] = mix((float)upper[i], (float)lower[i], v.weight);
        for (int x = 0; x < new_width; ++x) {
            const Neighbours h = neighbours(x, width, new_width);
            const float *left = mixed_row + 3 * h.first, *right = mixed_row + 3 * h.second;
            for (int c = 0; c < 3; ++c)
                row[3 * x + c] = mix(left[c], right[c], h.weight);
        }
    }
}

/* Classes that can win somewhere in a cell: those that no corner's winner beats at all corners. */
static int contenders(const float *const corner[4], const uint8_t winner[4], int classes,
                      uint8_t *found)
{
    int count = 0;
    for (int c = 0; c < classes; ++c) {
        int beaten = 0;
        for (int k = 0; k < 4 && !beaten; ++k) {
            const int rival = winner[k];
            beaten = rival != c;
            for (int j = 0; j < 4 && beaten; ++j)
                beaten = corner[j][rival] >= corner[j][c];
        }
        if (!beaten)
            found[count++] = (uint8_t)c;
    }
    return count;
}

typedef struct {
    int top, bottom, left, right; /* pixels, end excluded */
} Box;

static void contested_cell(const float *const corner[4], const uint8_t *found, int count, int h,
                           int w, int height, int width, Box box, uint8_t *mask)
{
    float left[MAX_CLASSES], right[MAX_CLASSES];
    for (int y = box.top; y < box.bottom; ++y) {
        const float v = neighbours(y, h, height).weight;
        for (int k = 0; k < count; ++k) {
            left[k] = mix(corner[0][found[k]], corner[2][found[k]], v);
            right[k] = mix(corner[1][found[k]], corner[3][found[k]], v);
        }
        for (int x = box.left; x < box.right; ++x) {
            const float u = neighbours(x, w, width).weight;
            float best = mix(left[0], right[0], u);
            int best_index = 0;
            for (int k = 1; k < count; ++k) {
                const float score = mix(left[k], right[k], u);
                if (score > best) {
                    best = score;
                    best_index = k;
                }
            }
            mask[(ptrdiff_t)y * width + x] = found[best_index];
        }
    }
}

static int run_end(int begin, int end, int size, int new_size)
{
    const int first = neighbours(begin, size, new_size).first;
    int stop = begin + 1;
    while (stop < end && neighbours(stop, size, new_size).first == first)
        ++stop;
    return stop;
}

/* Class ids of rows [row_begin, row_end) of a (height, width) mask from (h, w, classes) logits.
 *
 * pixel_stride: floats from logit pixel to logit pixel; coarse: argmax of each logit pixel.
 * In a cell whose four corners have one winner every pixel has it: scores there are convex
 * combinations of the corners'.
 */
void upsample_argmax(const float *logits, int h, int w, int classes, ptrdiff_t pixel_stride,
                     const uint8_t *coarse, uint8_t *mask, int height, int width, int row_begin,
                     int row_end)
{
    for (int y = row_begin, y_end; y < row_end; y = y_end) {
        y_end = run_end(y, row_end, h, height);
        const Neighbours v = neighbours(y, h, height);
        for (int x = 0, x_end; x < width; x = x_end) {
            x_end = run_end(x, width, w, width);
            const Neighbours u = neighbours(x, w, width);
            const int at[4] = {v.first * w + u.first, v.first * w + u.second,
                               v.second * w + u.first, v.second * w + u.second};
            const uint8_t winner[4] = {coarse[at[0]], coarse[at[1]], coarse[at[2]], coarse[at[3]]};
            if (winner[0] == winner[1] && winner[0] == winner[2] && winner[0] == winner[3]) {
                for (int r = y; r < y_end; ++r)
                    memset(mask + (ptrdiff_t)r * width + x, winner[0], (size_t)(x_end - x));
                continue;
            }
            const float *corner[4];
            for (int k = 0; k < 4; ++k)
                corner[k] = logits + at[k] * pixel_stride;
            uint8_t found[MAX_CLASSES];
            const int count = contenders(corner, winner, classes, found);
            const Box box = {y, y_end, x, x_end};
            contested_cell(corner, found, count, h, w, height, width, box, mask);
        }
    }
}
