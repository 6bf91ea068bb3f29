// exp, log and tanh in fp32 from +, -, *, / and fma only.
// Polynomials: Cephes expf, logf and tanhf (S. L. Moshier), evaluated with fma. Errors are those of scripts/prove-elementary, over all floats.

/// At most 1.02 ulp off; overflows to infinity, underflows gradually to zero.
ORC vf vexp(vf x) {
    const vf magic = vsplat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
    vf bounded = vselect(vless(x, vsplat(-104.0f)), vsplat(-104.0f), x);
    bounded = vselect(vless(vsplat(89.0f), bounded), vsplat(89.0f), bounded);
    const vf shifted = bounded * vsplat(1.44269504088896341f) + magic;
    const vf k = shifted - magic;
    vf r = vfma(k, vsplat(-0.693359375f), bounded);
    r = vfma(k, vsplat(2.12194440e-4f), r);
    vf p = vsplat(1.9875691500e-4f);
    p = vfma(p, r, vsplat(1.3981999507e-3f));
    p = vfma(p, r, vsplat(8.3334519073e-3f));
    p = vfma(p, r, vsplat(4.1665795894e-2f));
    p = vfma(p, r, vsplat(1.6666665459e-1f));
    p = vfma(p, r, vsplat(5.0000001201e-1f));
    p = vfma(p, r * r, r) + vsplat(1.0f);
    // 2^k in two factors, so that results below the normal range are rounded once. NaN lanes are set right at the end.
    const vi n = as_i(shifted) - as_i(magic);
    const vi half = n >> 1;
    vf first = as_f((half + visplat(127)) << 23);
    vf second = as_f((n - half + visplat(127)) << 23);
    vf y = (p * first) * second;
    return vselect(vequal(x, x), y, x);
}

/// At most 0.83 ulp off for positive x; log(0) is -infinity, of a negative NaN. Subnormals are scaled up first.
ORC vf vlog(vf x) {
    vi small = vless(x, vsplat(1.17549435e-38f));
    vf scaled = vselect(small, x * vsplat(8388608.0f), x);
    vi bits = as_i(scaled);
    vi e = ((bits >> 23) & visplat(255)) - visplat(126);
    e = e - (small & visplat(23));
    vf m = as_f((bits & visplat(0x007fffff)) | visplat(0x3f000000));
    vi low = vless(m, vsplat(0.707106781186547524f));
    e = e + low;  // -1 where low
    m = vselect(low, m + m, m) - vsplat(1.0f);
    vf z = m * m;
    vf p = vsplat(7.0376836292e-2f);
    p = vfma(p, m, vsplat(-1.1514610310e-1f));
    p = vfma(p, m, vsplat(1.1676998740e-1f));
    p = vfma(p, m, vsplat(-1.2420140846e-1f));
    p = vfma(p, m, vsplat(1.4249322787e-1f));
    p = vfma(p, m, vsplat(-1.6668057665e-1f));
    p = vfma(p, m, vsplat(2.0000714765e-1f));
    p = vfma(p, m, vsplat(-2.4999993993e-1f));
    p = vfma(p, m, vsplat(3.3333331174e-1f));
    vf k = to_f(e);
    vf y = p * m * z;
    y = vfma(k, vsplat(-2.12194440e-4f), y);
    y = vfma(vsplat(-0.5f), z, y);
    y = m + y;
    y = vfma(k, vsplat(0.693359375f), y);
    const vf infinity = vsplat(__builtin_inff());
    y = vselect(vequal(x, infinity), infinity, y);
    y = vselect(vequal(x, vsplat(0)), vneg(infinity), y);
    y = vselect(vless(x, vsplat(0)), vsplat(__builtin_nanf("")), y);
    return vselect(vequal(x, x), y, x);
}

/// At most 1.34 ulp off.
ORC vf vtanh(vf x) {
    const vi sign = as_i(x) & visplat((int32_t)0x80000000u);
    vf a = as_f(as_i(x) & visplat(0x7fffffff));
    vf big = vsplat(1.0f) - vsplat(2.0f) / (vexp(a + a) + vsplat(1.0f));
    vf z = a * a;
    vf p = vsplat(-5.70498872745e-3f);
    p = vfma(p, z, vsplat(2.06390887954e-2f));
    p = vfma(p, z, vsplat(-5.37397155531e-2f));
    p = vfma(p, z, vsplat(1.33314422036e-1f));
    p = vfma(p, z, vsplat(-3.33332819422e-1f));
    vf small = vfma(p * z, a, a);
    vf y = vselect(vless(a, vsplat(0.625f)), small, big);
    y = as_f(as_i(y) | sign);
    return vselect(vequal(x, x), y, x);
}

/// 1 / (1 + exp(-x))
ORC vf vsigmoid(vf x) { return vsplat(1.0f) / (vsplat(1.0f) + vexp(vneg(x))); }
