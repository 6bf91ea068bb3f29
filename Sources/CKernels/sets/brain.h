// bf16: the upper half of a float. Products of bf16 flush as VDPBF16PS does, whatever the processor.

/// To nearest even; subnormals become zeros of their sign, a NaN the standard one.
ORC vf vround_bf16(vf x) {
    const vi bits = as_i(x), sign = bits & visplat((int32_t)0x80000000u);
    vi m = bits & visplat(0x7fffffff);
    m = m & ~viless(m, visplat(0x00800000));
    const vi nan = viless(visplat(0x7f800000), m);
    m = (nan & visplat(0x7fc00000)) | (~nan & m);
    return as_f(((m + visplat(0x7fff) + ((m >> 16) & visplat(1))) & visplat((int32_t)0xffff0000u)) | sign);
}

#if !ORC_MODE_FLUSHES
/// Given that a * b + c rounds to the least normal number (or its negative): whether it is below when the exponent is unbounded,
/// that is, below 2^-126 - 2^-151. The sum is split into its fp64 rounding and the exact rest (Knuth's two-sum).
ORC int is_tiny(float a, float b, float c) {
    const double product = (double)a * (double)b, addend = c;  // 16 bits: exact
    const double sum = product + addend, back = sum - product;
    const double rest = (product - (sum - back)) + (addend - back);
    const double edge = 0x1p-126 - 0x1p-151;
    const double magnitude = sum < 0 ? -sum : sum;
    if (magnitude != edge) return magnitude < edge;
    return sum > 0 ? rest < 0 : rest > 0;
}
/// Subnormals become zeros of their sign.
ORC vf vflush(vf x) {
    const vi subnormal = viless(as_i(x) & visplat(0x7fffffff), visplat(0x00800000));
    return as_f(as_i(x) & ~(subnormal & visplat(0x7fffffff)));
}
/// Whether a result is one that flushing may change: not zero and at most the least normal number.
ORC vi vmay_flush(vf r) {
    const vi least = visplat((int32_t)0x80000000u);  // an unsigned comparison
    return viless(((as_i(r) & visplat(0x7fffffff)) - visplat(1)) ^ least, visplat(0x00800000) ^ least);
}
/// a * b + c of flushed numbers, flushed after rounding at unbounded exponent.
ORC vf vfma_flushed(vf a, vf b, vf c) {
    const vf r = vfma(a, b, c);
    float ra[ORC_W], rb[ORC_W], rc[ORC_W], rr[ORC_W];
    vstore(ra, a);
    vstore(rb, b);
    vstore(rc, c);
    vstore(rr, r);
    for (size_t l = 0; l < W; l++)
        if ((orc_bits(rr[l]) & 0x7fffffffu) == 0x00800000u && is_tiny(ra[l], rb[l], rc[l])) rr[l] = rr[l] < 0 ? -0.0f : 0.0f;
    return vflush(vload(rr));
}
#endif
