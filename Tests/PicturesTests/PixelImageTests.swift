import Pictures
import Testing

@Suite("Pixel images")
struct PixelImageTests {
    @Test func `enlarging repeats pixels and shrinking back returns the original`() {
        let image = sample(width: 5, height: 4)
        let large = image.enlarged(by: 3)
        #expect(large.width == 15 && large.height == 12)
        #expect(large[7, 5] == image[2, 1])
        #expect(large.scaled(toWidth: 5, height: 4) == image)
    }

    @Test func `drawing is cut off at every border`() {
        var canvas = PixelImage(width: 4, height: 4, color: .black)
        let white = PixelImage(width: 3, height: 3)
        for (x, y) in [(-2, -2), (3, 3), (-9, 0), (9, 9), (0, -9)] { canvas.draw(white, x: x, y: y) }
        canvas.fill(x: 2, y: -5, width: 9, height: 6, color: .white)
        canvas.draw(text: "wide text", x: -3, y: 2, color: .black)
        #expect(canvas[0, 0] == .white && canvas[3, 3] == .white && canvas[3, 0] == .white && canvas[1, 1] == .black)
    }

    @Test func `a contact sheet holds every picture at its place`() {
        let image = sample(width: 12, height: 8)
        let sheet = ContactSheet(
            [.init(image, caption: "one"), .init(image), .init(image)], columns: 2)
        let picture = sheet.image()
        #expect(picture.width == 6 + 2 * 18)
        #expect(picture.height == 6 + (8 + 11 + 6) + (8 + 6))
        #expect(picture[6, 6] == image[0, 0] && picture[24 + 11, 6 + 7] == image[11, 7])
        #expect(picture[6, 6 + 8 + 11 + 6] == image[0, 0])
        #expect(ContactSheet([], columns: 3).image().width == 1)
    }
}
