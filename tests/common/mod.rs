//! A writer of small PDFs for tests: exact bytes, no cleverness.

#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

pub mod runs;

use std::io::Write;

/// Collects objects and writes them with a cross-reference table.
#[derive(Default)]
pub struct Pdf {
    objects: Vec<Vec<u8>>,
}

impl Pdf {
    /// Sets aside the number of an object that is written later.
    pub fn reserve(&mut self) -> usize {
        self.objects.push(b"null".to_vec());
        self.objects.len()
    }

    /// Adds an object; gives its number.
    pub fn add(&mut self, body: impl AsRef<[u8]>) -> usize {
        self.objects.push(body.as_ref().to_vec());
        self.objects.len()
    }

    /// Fills in a reserved object.
    pub fn set(&mut self, number: usize, body: impl AsRef<[u8]>) {
        self.objects[number - 1] = body.as_ref().to_vec();
    }

    /// Adds a stream as it is.
    pub fn stream(&mut self, dict: &str, data: &[u8]) -> usize {
        let mut body = format!("<<{dict}/Length {}>>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.add(body)
    }

    /// Adds a stream under Flate.
    pub fn packed(&mut self, dict: &str, data: &[u8]) -> usize {
        self.stream(&format!("{dict}/Filter/FlateDecode"), &deflate(data))
    }

    /// A document of one page with these resources and this content object; more catalogue entries in
    /// `more`.
    pub fn one_page(mut self, resources: &str, content: usize, more: &str) -> Vec<u8> {
        let pages = self.reserve();
        let page = self.add(format!(
            "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 595 842]/Resources<<{resources}>>/Contents {content} 0 R>>"
        ));
        self.set(pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>"));
        let root = self.add(format!("<</Type/Catalog/Pages {pages} 0 R{more}>>"));
        self.finish(root, "")
    }

    /// The file.
    pub fn finish(self, root: usize, trailer: &str) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut places = Vec::new();
        for (i, body) in self.objects.iter().enumerate() {
            places.push(out.len());
            out.extend_from_slice(format!("{} 0 obj\n", i + 1).as_bytes());
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        let start = out.len();
        out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).as_bytes());
        for place in &places {
            out.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
        }
        let size = places.len() + 1;
        out.extend_from_slice(
            format!("trailer\n<</Size {size}/Root {root} 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n")
                .as_bytes(),
        );
        out
    }
}

/// Resources with Helvetica as `F`.
pub const HELVETICA: &str =
    "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>";

/// zlib at its usual level.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

/// `count` times `unit` under zlib, without holding it in memory.
pub fn deflate_repeated(unit: &[u8], count: usize) -> Vec<u8> {
    let block = unit.repeat((1 << 20) / unit.len());
    let per_block = block.len() / unit.len();
    let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..count / per_block {
        e.write_all(&block).unwrap();
    }
    e.finish().unwrap()
}

/// A page with text, rules, a form, an outline, tags, a link: a bit of everything.
pub fn small_fixture() -> Vec<u8> {
    let mut pdf = Pdf::default();
    let form = pdf.packed(
        "/Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
        b"BT /F 12 Tf 0 5 Td (Page 1) Tj ET",
    );
    let unicode = pdf.packed(
        "",
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange
          2 beginbfchar <0001> <0041> <0002> <00660069> endbfchar endcmap",
    );
    let content = pdf.packed(
        "",
        b"/P <</MCID 0>> BDC BT /F 12 Tf 72 700 Td (Hello) Tj 0 -14 TD [(wor) -20 (ld)] TJ ET EMC
          BT /G 10 Tf 72 600 Td <00010002> Tj ET
          0.5 w 72 500 200 50 re S 1 0 0 rg 72 400 100 20 re f q 1 0 0 1 250 20 cm /X Do Q",
    );
    let pages = pdf.reserve();
    let page = pdf.reserve();
    let link = pdf.add(format!(
        "<</Type/Annot/Subtype/Link/Rect[72 690 120 715]/A<</S/URI/URI(https://example.org/)>>/P {page} 0 R>>"
    ));
    pdf.set(page, format!("<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R/Annots[{link} 0 R]\
        /StructParents 0/Resources<</XObject<</X {form} 0 R>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>\
        /G<</Type/Font/Subtype/Type0/BaseFont/Some/Encoding/Identity-H/ToUnicode {unicode} 0 R/DescendantFonts[<</Type/Font\
        /Subtype/CIDFontType2/BaseFont/Some/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
        /W[1[600 700]]>>]>>>>>>>>"));
    pdf.set(pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>"));
    let outline = pdf.reserve();
    let entry = pdf.add(format!("<</Title(First)/Parent {outline} 0 R/Dest[{page} 0 R/XYZ 72 700 0]>>"));
    pdf.set(outline, format!("<</Type/Outlines/First {entry} 0 R/Last {entry} 0 R/Count 1>>"));
    let tree = pdf.reserve();
    let element = pdf.add(format!("<</Type/StructElem/S/P/P {tree} 0 R/Pg {page} 0 R/K 0>>"));
    pdf.set(tree, format!("<</Type/StructTreeRoot/K[{element} 0 R]/RoleMap<</Text/P>>>>"));
    let info = pdf.add("<</Title(A small file)/CreationDate(D:20221024103000Z)>>");
    let root = pdf.add(format!(
        "<</Type/Catalog/Pages {pages} 0 R/Outlines {outline} 0 R/StructTreeRoot {tree} 0 R/Lang(en-GB)\
         /PageLabels<</Nums[0<</S/r>>]>>>>"
    ));
    pdf.finish(root, &format!("/Info {info} 0 R"))
}
