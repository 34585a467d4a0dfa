"""The outline editor of the pages, in a browser, under the pages' content security policy; photographs are drawings."""
import functools
import http.server
import math
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

EDITOR = Path(__file__).parents[2] / 'lopm' / 'web' / 'static' / 'web'
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:"
SQUARE = [100, 100, 200, 100, 200, 200, 100, 200]
SMALL, LARGE = (400, 300), (4000, 3000)

pytestmark = pytest.mark.slow


class Pages(http.server.SimpleHTTPRequestHandler):
    """The editor, its test page, and the drawings of ``folder``, under the policy."""

    def __init__(self, *arguments, folder):
        self.folder = folder
        super().__init__(*arguments)

    def translate_path(self, path):
        base = EDITOR if path.startswith('/editor/') else Path(__file__).parent
        return str((self.folder if path.endswith('.jpg') else base) / path.lstrip('/'))

    def end_headers(self):
        self.send_header('Content-Security-Policy', POLICY)
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp('drawings')
    for name, size in ('small', SMALL), ('large', LARGE):
        drawing = Image.new('RGB', size, (170, 70, 80))
        ImageDraw.Draw(drawing).ellipse([size[0] * .3, size[1] * .3, size[0] * .6, size[1] * .7], (235, 215, 215))
        drawing.save(folder / f'{name}.jpg')
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Pages, folder=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture(scope='module')
def chromium():
    playwright = pytest.importorskip('playwright.sync_api', reason='needs playwright: pip install playwright')
    program = shutil.which('chromium') or shutil.which('google-chrome')
    if not program:
        pytest.skip('needs a browser: apt-get install chromium')
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=['--no-sandbox'])
        yield browser
        browser.close()


@pytest.fixture
def begin(chromium, address):
    """``begin(polygons, ...)`` gives an ``Editor``; fails in the end of what the browser complained about."""
    complaints, contexts = [], []

    def start(*lesions, size=SMALL, zoom=None, viewport=(1000, 700), options=None, **context):
        contexts.append(chromium.new_context(viewport={'width': viewport[0], 'height': viewport[1]}, **context))
        page = contexts[-1].new_page()
        page.on('console', lambda message: complaints.append(message.text))
        page.on('pageerror', lambda error: complaints.append(str(error)))
        page.goto(f'{address}/editor.html')
        page.wait_for_function('() => window.ready')
        src = '/small.jpg' if size == SMALL else '/large.jpg'
        lesions = [{'polygons': polygons, 'label': str(i + 1)} for i, polygons in enumerate(lesions)]
        page.evaluate('options => make(options)', {'src': src, 'width': size[0], 'height': size[1], 'lesions': lesions,
                                                   **(options or {})})
        page.wait_for_load_state('networkidle')
        page.evaluate('() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
        if zoom:
            page.evaluate('zoom => editor.look(view => view.zoomBy(zoom / view.zoom))', zoom)
        return Editor(page)

    yield start
    for context in contexts:
        context.close()
    assert not complaints


class Editor:
    """An editor in a page, used as a person does: by points of the screen, keys, names of buttons."""

    def __init__(self, page):
        self.page = page
        self.ask = page.evaluate
        self.press = page.keyboard.press

    def at(self, x, y):
        """Where the browser, not the editor, says that a point of the photograph lies on the screen."""
        return self.ask("""([x, y]) => { const point = new DOMPoint(x, y).matrixTransform(
            document.querySelector('image').getScreenCTM()); return [point.x, point.y]; }""", [x, y])

    def click(self, x, y, **more):
        self.page.mouse.click(*self.at(x, y), **more)

    def drag(self, *points, **more):
        self.drag_screen(*(self.at(*point) for point in points), **more)

    def drag_screen(self, *points, steps=6, button='left'):
        self.page.mouse.move(*points[0])
        self.page.mouse.down(button=button)
        for point in points[1:]:
            self.page.mouse.move(*point, steps=steps)
        self.page.mouse.up(button=button)

    def use(self, tool, select=None):
        self.ask('([tool, select]) => { editor.select(select); editor.tool = tool; }', [tool, select])

    def button(self, name):
        return self.page.get_by_role('button', name=name, exact=True)

    @property
    def lesions(self):
        return self.ask('() => editor.value()')

    @property
    def polygons(self):
        return [lesion['polygons'] for lesion in self.lesions]

    @property
    def view(self):
        return self.ask('() => ({zoom: editor.view.zoom, offset: editor.view.offset})')

    @property
    def said(self):
        return self.page.locator('[aria-live=polite]').text_content().strip('\xa0')

    def heard(self, kind):
        return self.ask('kind => heard.filter(({type}) => type === kind)', kind)


def area(polygons):
    rings = [np.reshape(polygon, (-1, 2)) for polygon in polygons]
    return sum(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2 for x, y in (ring.T for ring in rings))


def circle(x, y, radius, number):
    angles = np.arange(number) * 2 * np.pi / number
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1).round(2).ravel().tolist()


# Points

@pytest.mark.parametrize(('zoom', 'moved'), [(2, (5, 2.5)), (1, (10, 5)), (8, (1.25, .62))])
def test_a_corner_goes_as_far_as_the_pointer_at_every_zoom(begin, zoom, moved):
    editor = begin([SQUARE], zoom=zoom)
    editor.use('points', 0)
    editor.ask('() => editor.reveal([200, 200])')
    x, y = editor.at(200, 200)
    editor.drag_screen((x, y), (x + 10, y + 5))
    assert editor.polygons == [[[100, 100, 200, 100, pytest.approx(200 + moved[0], abs=.011),
                                 pytest.approx(200 + moved[1], abs=.011), 100, 200]]]
    assert editor.said == 'Point moved'


@pytest.mark.parametrize('ratio', [1, 2.5])
def test_what_is_clicked_is_what_is_drawn(begin, ratio):
    editor = begin(size=LARGE, device_scale_factor=ratio)
    for zoom in .2, 1, 7.3, 40:
        editor.ask('zoom => editor.look(view => view.zoomBy(zoom / view.zoom))', zoom)
        editor.use('draw')
        corners = [(2000 + x / zoom, 1500 + y / zoom) for x, y in [(0, 0), (100, 20), (60, 90)]]
        for corner in corners:
            editor.click(*corner)
        editor.press('Enter')
        assert np.allclose(np.reshape(editor.polygons[-1], (-1, 2)), corners, atol=.01 + .51 / zoom)  # of whole pixels


def test_dots_add_a_point_and_a_double_click_removes_it_but_never_below_three(begin):
    editor = begin([SQUARE])
    editor.use('points', 0)
    editor.drag((150, 100), (150, 80))
    assert editor.polygons == [[[100, 100, 200, 100, 200, 200, 100, 200][:2] + [150, pytest.approx(80, abs=.5)]
                                + SQUARE[2:]]]
    editor.page.mouse.dblclick(*editor.at(150, 80))
    assert editor.polygons == [[SQUARE]] and editor.said == 'Point removed'
    editor.page.wait_for_timeout(400)
    editor.page.mouse.dblclick(*editor.at(200, 200))
    editor.page.wait_for_timeout(400)
    editor.page.mouse.dblclick(*editor.at(100, 200))
    assert editor.polygons == [[[100, 100, 200, 100, 100, 200]]]
    assert editor.said == 'Not removed: an outline has three points or more'


def test_a_dense_outline_shows_fewer_handles_and_is_changed_only_beside_the_moved_one(begin):
    dense = circle(200, 150, 60, 300)
    editor = begin([dense], zoom=2)
    editor.use('points', 0)
    shown = editor.ask("() => document.querySelector('.outline-vertices path').getAttribute('d').split('M').length - 1")
    assert 12 <= shown <= 60 and editor.polygons == [[dense]] and not editor.ask('() => editor.dirty')
    editor.drag((260, 150), (270, 150))
    after = np.reshape(editor.polygons[0][0], (-1, 2))
    before = np.reshape(dense, (-1, 2))
    far = before[before[:, 0] < 240]
    assert all((after == point).all(1).any() for point in far) and [270, 150] in after.round().tolist()
    editor.ask('() => editor.look(view => view.zoomBy(10))')
    closer = editor.ask('() => editor.hand.corners.length')
    assert closer > 1.5 * shown


def test_a_point_that_would_make_the_outline_cross_itself_goes_back(begin):
    editor = begin([SQUARE])
    editor.use('points', 0)
    editor.drag((200, 200), (150, 60))
    assert editor.polygons == [[SQUARE]] and not editor.heard('change')
    assert editor.said == 'Not changed: the outline would cross itself'
    drawn = editor.page.locator('.outline-lesion path').first.get_attribute('d')
    assert drawn == 'M100 100L200 100L200 200L100 200Z'


def test_points_stay_on_the_photograph(begin):
    editor = begin([SQUARE], zoom=1)
    editor.use('points', 0)
    editor.drag((200, 200), (450, 320))
    assert editor.polygons == [[[100, 100, 200, 100, 400, 300, 100, 200]]]
    editor.use('select', 0)
    editor.drag((130, 130), (0, 0))
    assert editor.polygons == [[[0, 0, 100, 0, 300, 200, 0, 100]]]  # of the same shape
    editor.use('draw')
    for corner in [(-30, -20), (50, 10), (30, 60)]:
        editor.click(*corner)
    editor.press('Enter')
    assert editor.polygons[1] == [[0, 0, *map(pytest.approx, (50, 10, 30, 60))]]


# Drawing

@pytest.mark.parametrize('end', ['first point', 'enter', 'double click'])
def test_drawing_from_point_to_point(begin, end):
    editor = begin([SQUARE], zoom=1)
    editor.use('draw', 0)
    corners = [(220, 50), (300, 50), (300, 120), (230, 140)]
    for corner in corners:
        editor.click(*corner)
    if end == 'first point':
        editor.click(224, 53)
    elif end == 'enter':
        editor.press('Enter')
    else:
        editor.page.wait_for_timeout(400)
        editor.page.mouse.dblclick(*editor.at(240, 100))
        corners.append((240, 100))
    assert np.allclose(np.reshape(editor.polygons[1][0], (-1, 2)), corners, atol=.6)
    assert editor.lesions[1]['origin'] is None and editor.lesions[1]['label'] == '2' and editor.said == 'Lesion 2 added'
    assert [each['index'] for each in editor.heard('select')] == [0, 1] and len(editor.heard('change')) == 1


def test_drawing_can_be_given_up_and_taken_back_point_by_point(begin):
    editor = begin(zoom=1)
    editor.use('draw')
    for corner in [(50, 50), (300, 50), (300, 200), (180, 20)]:
        editor.click(*corner)
    editor.press('Backspace')
    editor.press('Enter')
    assert len(editor.polygons[0][0]) == 6
    editor.click(50, 250)
    editor.press('Control+z')
    assert editor.said == 'Last point taken back, 0 left' and len(editor.polygons) == 1
    editor.click(50, 250)
    editor.press('Escape')
    assert editor.said == 'Drawing given up'
    editor.press('Enter')
    assert len(editor.polygons) == 1


def test_drawing_in_one_go(begin):
    editor = begin(zoom=2)
    editor.use('draw')
    ring = np.reshape(circle(200, 150, 50, 60), (-1, 2)).tolist()
    editor.drag(*ring, steps=3)
    assert area(editor.polygons[0]) == pytest.approx(math.pi * 50 ** 2, rel=.02)
    assert 12 < len(editor.polygons[0][0]) / 2 < 60
    editor.drag((10, 10), (12, 11), (11, 10))
    assert editor.said == 'Point 1 set'  # an unsteady click
    editor.drag((100, 100), (160, 100))
    editor.press('Enter')
    assert len(editor.polygons) == 2
    editor.drag((10, 10), (80, 10))
    assert len(editor.polygons) == 2 and editor.said == 'Too small for an outline: nothing added'


def test_crossing_lines_are_mended(begin):
    editor = begin(zoom=1)
    editor.use('draw')
    for corner in [(100, 100), (200, 200), (200, 100), (100, 200)]:
        editor.click(*corner)
    editor.press('Enter')
    assert editor.said == 'Lesion 1 added. The lines crossed: mended'
    assert area(editor.polygons[0]) == pytest.approx(5000, rel=.02)
    assert not any(editor.ask('flat => crosses(flat)', np.reshape(polygon, (-1, 2)).tolist())
                   for polygon in editor.polygons[0])


# Brush and eraser

@pytest.mark.parametrize('zoom', [.2, 1, 6])
def test_a_dab_of_the_brush_is_a_disk(begin, zoom):
    editor = begin(size=LARGE, zoom=zoom)
    for radius in 3, 16, 60:
        editor.use('brush')
        editor.ask('radius => { editor.radius = radius; }', radius)
        editor.click(2000, 1500)
        assert area(editor.polygons[0]) == pytest.approx(math.pi * (radius / zoom) ** 2, rel=.03)
        points = np.reshape(editor.polygons[0], (-1, 2))
        assert np.allclose((points.min(0) + points.max(0)) / 2, [2000, 1500], atol=.05 * radius / zoom + .51 / zoom)
        assert editor.said == 'Lesion 1 added'
        editor.ask('() => editor.undo()')


def test_the_eraser_takes_half_away(begin):
    editor = begin([SQUARE], zoom=2)
    editor.use('eraser', 0)
    editor.ask('() => { editor.radius = 50; }')
    editor.drag((175, 60), (175, 240))
    points = np.reshape(editor.polygons[0][0], (-1, 2))
    assert area(editor.polygons[0]) == pytest.approx(5000, rel=.01) and points[:, 0].max() == pytest.approx(150, abs=.5)
    assert editor.said == 'Erased from lesion 1'
    editor.drag((125, 60), (125, 240))
    assert editor.polygons == [] and editor.said == 'Lesion 1 removed'


def test_the_brush_joins_two_parts_and_the_eraser_parts_them(begin):
    left, right = [100, 100, 150, 100, 150, 200, 100, 200], [170, 100, 220, 100, 220, 200, 170, 200]
    editor = begin([left, right], zoom=2)
    editor.use('brush', 0)
    editor.ask('() => { editor.radius = 20; }')
    editor.drag((140, 150), (180, 150))
    assert len(editor.polygons[0]) == 1 and editor.said == 'Painted onto lesion 1'
    assert area(editor.polygons[0]) == pytest.approx(10000 + 20 * 20, rel=.01)
    corners = np.reshape(editor.polygons[0][0], (-1, 2)).tolist()
    assert all(corner in corners for corner in [[100, 100], [100, 200], [220, 100], [220, 200]])
    assert not [y for x, y in corners if x == 150 and 10.5 < abs(y - 150) < 48]  # nor is there a seam
    editor.use('eraser', 0)
    editor.drag((160, 120), (160, 180))
    assert sorted(map(area, ([part] for part in editor.polygons[0]))) == pytest.approx([5000, 5000], rel=.02)


def test_what_lies_away_from_a_stroke_keeps_its_corners(begin):
    dense = circle(2000, 1500, 900, 500)
    editor = begin([dense], size=LARGE, zoom=2)
    editor.ask('() => editor.reveal([2900, 1500])')
    editor.use('brush', 0)
    for y in (1490, 1510):
        editor.click(2905, y)
    before, after = np.reshape(dense, (-1, 2)), np.reshape(editor.polygons[0][0], (-1, 2))
    kept = [(after == point).all(1).any() for point in before]
    assert np.mean(kept) > .98 and not all(kept)
    assert area(editor.polygons[0]) > area([dense]) + 100


def test_an_outline_has_no_holes(begin):
    editor = begin([SQUARE], zoom=2)
    editor.use('eraser', 0)
    editor.click(150, 150)
    assert editor.polygons == [[SQUARE]] and not editor.heard('change')
    assert editor.said == 'Not erased: an outline has no holes; erase from its edge'
    editor.use('brush')
    ring = np.reshape(circle(300, 150, 50, 24), (-1, 2)).tolist()
    editor.drag(*ring, ring[0], steps=2)
    assert editor.said == 'Lesion 2 added. An outline has no holes: the inside was filled'
    assert len(editor.polygons[1]) == 1 and area(editor.polygons[1]) == pytest.approx(math.pi * 58 ** 2, rel=.02)


def test_parts_that_overlap_are_joined_and_parts_painted_around_are_covered(begin):
    editor = begin([SQUARE, [150, 120, 250, 120, 250, 180, 150, 180], [300, 240, 310, 240, 310, 250, 300, 250]], zoom=2)
    editor.use('brush', 0)
    editor.click(205, 118)
    assert len(editor.polygons[0]) == 2
    assert area(editor.polygons[0]) == pytest.approx(13000 + 100 + 50, abs=60)  # and a corner filled
    ring = np.reshape(circle(305, 245, 30, 24), (-1, 2)).tolist()
    editor.drag(*ring, ring[0], steps=2)
    assert len(editor.polygons[0]) == 2
    assert area(editor.polygons[0]) == pytest.approx(13050 + math.pi * 38 ** 2, rel=.01)


def test_whose_a_stroke_is(begin):
    editor = begin([SQUARE], zoom=1)
    editor.use('eraser')
    editor.click(300, 250)
    assert editor.said == 'Nothing erased: no lesion there'
    editor.use('brush')
    editor.drag((190, 150), (230, 150))
    assert len(editor.polygons) == 1 and editor.ask('() => editor.selected') == 0
    editor.click(150, 150)
    assert editor.said == 'Nothing added: all of it lies in the lesion' and len(editor.heard('change')) == 1
    editor.click(340, 60)
    assert [len(polygons) for polygons in editor.polygons] == [2]
    editor.button('New lesion').click()
    editor.click(340, 250)
    assert [len(polygons) for polygons in editor.polygons] == [2, 1]


STROKES = """async () => {
    const { apart, contains, edges } = await import('/editor/geometry.js');
    let seed = 7;
    const random = (low, high) => {
        seed = (seed * 1664525 + 1013904223) % 2 ** 32;
        return low + seed / 2 ** 32 * (high - low);
    };
    const place = (point) => point.map((at, i) => Math.round(Math.min(Math.max(at, 0), [800, 600][i]) * 100) / 100);
    const star = () => {
        const [x, y, r] = [random(0, 800), random(0, 600), random(30, 200)];
        const [rough, n] = [random(0, .5), Math.floor(random(6, 125))];
        const ring = Array.from({ length: n }, (_, i) => [2 * Math.PI * i / n, r * random(1 - rough, 1)]);
        return ring.map(([angle, reach]) => place([x + reach * Math.cos(angle), y + reach * Math.sin(angle)]));
    };
    const off = (point, line) => Math.min(...line.map(([a, b]) => apart(point, a, b)));
    const inside = (rings, point) => rings.some((ring) => contains(ring, point));
    const wrong = [];
    for (let turn = 0; turn < 120; turn++) {
        const rings = [star(), star()].filter((ring) => !crosses(ring)).slice(0, turn % 3);
        const [zoom, erase] = [Math.exp(random(-1, 1.5)), rings.length > 0 && turn % 2 > 0];
        const [stroke, radius] = [[place([random(0, 800), random(0, 600)])], random(4, 60) / zoom];
        for (let i = 0; i < turn % 7; i++) stroke.push(place(stroke[i].map((at) => at + random(-60, 60))));
        const way = stroke.map((point, i) => [stroke[Math.max(i - 1, 0)], point]);
        const { rings: after, holes, changed } = painted(rings, stroke, radius, erase, { zoom, place });
        if (after.some(crosses)) wrong.push([turn, 'crosses']);
        for (let i = 0; changed && i < 300; i++) {
            const point = [random(0, 800), random(0, 600)];
            if (Math.min(off(point, rings.flatMap(edges)), Math.abs(off(point, way) - radius)) < 2 / zoom) continue;
            const painted = off(point, way) < radius;
            const due = erase ? inside(rings, point) && !painted : inside(rings, point) || painted;
            if (due !== inside(after, point) && (due || !holes)) wrong.push([turn, point, due]);
        }
    }
    return wrong;
}"""


def test_after_any_stroke_the_outline_goes_around_what_it_should(begin):
    assert begin().ask(STROKES) == []


def test_an_outline_that_simplified_would_cross_itself_is_traced_finer(begin):
    splinter = [[117, 118], [158, 130], [143, 101], [117, 112]]
    crossing, = begin().ask("""splinter => painted([splinter], [[149, 137]], 9, false,
        { zoom: 1, place: (point) => point.map((at) => Math.round(at * 100) / 100) }).rings.map(crosses)""", splinter)
    assert not crossing


def test_the_brush_stays_on_the_photograph(begin):
    editor = begin(zoom=1)
    editor.use('brush')
    editor.drag((0, 100), (-40, 150), (0, 200), (60, 300), (20, 299))
    points = np.concatenate([np.reshape(polygon, (-1, 2)) for polygon in editor.polygons[0]])
    assert points.min() == 0 and points[:, 1].max() == 300 and len(editor.polygons[0]) == 1
    assert not editor.ask('ring => crosses(ring)', points.tolist())


def test_a_stroke_on_twelve_megapixels_takes_no_picture_of_that_size(begin):
    editor = begin(*([circle(300 + 60 * i, 300 + 40 * i, 150, 200)] for i in range(58)), size=LARGE)
    editor.use('brush', 0)
    editor.ask("""() => {
        const spot = (i) => editor.spot([300 + i, 300 + 100 * Math.sin(i / 20)], 10);
        editor.radius = 60;
        editor.hand.grab(spot(0));
        for (let i = 0; i < 400; i += 1) editor.hand.drag(spot(i));
        editor.hand.drop();
    }""")
    assert editor.said.startswith('Painted onto lesion')
    assert editor.ask("() => document.querySelectorAll('canvas').length") == 0


# Lesions, history, the page

def test_undo_and_redo_bring_back_exactly_what_was(begin):
    editor = begin([SQUARE], [circle(320, 220, 30, 40)], zoom=1)
    before = [editor.lesions]
    editor.use('brush', 1)
    editor.click(300, 250)
    before.append(editor.lesions)
    editor.use('select', 0)
    editor.drag((150, 150), (170, 160))
    assert editor.said == 'Lesion 1 moved'
    before.append(editor.lesions)
    editor.press('Delete')
    assert editor.said == 'Lesion 1 removed'
    before.append(editor.lesions)
    assert [lesion['origin'] for lesion in before[-1]] == [1] and editor.page.locator('.outline-lesion').count() == 1
    for lesions in before[-2::-1]:
        assert editor.ask('() => editor.dirty')
        editor.press('Control+z')
        assert editor.lesions == lesions and editor.said == 'Undone'
        assert editor.heard('change')[-1]['lesions'] == lesions
        assert editor.page.locator('.outline-lesion').count() == len(lesions)
    assert not editor.ask('() => editor.dirty')
    editor.press('Control+z')
    assert editor.said == 'Nothing to undo' and editor.lesions == before[0]
    for lesions, keys in zip(before[1:], ['Control+y', 'Control+Shift+z', 'Control+y']):
        editor.press(keys)
        assert editor.lesions == lesions
    editor.ask('lesions => editor.set(lesions)', before[1])
    assert not editor.ask('() => editor.dirty') and editor.button('Undo').get_attribute('aria-disabled') == 'true'


def test_sixty_lesions(begin):
    lesions = [[circle(200 + 380 * (i % 10), 250 + 480 * (i // 10), 120, 150)] for i in range(60)]
    editor = begin(*lesions, size=LARGE)
    assert editor.page.locator('.outline-lesion').count() == 60
    assert editor.page.locator('.outline-badges text').all_text_contents() == [str(i + 1) for i in range(60)]
    editor.click(*np.reshape(lesions[37][0], (-1, 2)).mean(0))
    assert editor.heard('select')[-1]['index'] == 37 and editor.said == 'Lesion 38 selected, 38 of 60'
    editor.press('n')
    assert editor.ask('() => editor.selected') == 38
    assert editor.page.locator('.outline-badges .selected').text_content() == '39'


def test_of_two_lesions_the_inner_one_is_selected(begin):
    editor = begin([[50, 50, 350, 50, 350, 250, 50, 250]], [SQUARE], zoom=1)
    editor.click(150, 150)
    assert editor.ask('() => editor.selected') == 1
    editor.click(300, 150)
    assert editor.ask('() => editor.selected') == 0
    editor.click(357, 150)
    assert editor.ask('() => editor.selected') == 0  # within reach of its line
    editor.click(380, 20)
    assert editor.ask('() => editor.selected') is None and editor.said == 'No lesion selected'


def test_read_only_changes_nothing(begin):
    editor = begin([SQUARE], zoom=1, options={'readonly': True})
    editor.click(150, 150)
    assert editor.ask('() => editor.selected') == 0
    for tool in ['draw', 'points', 'brush', 'eraser']:
        editor.ask('tool => { editor.tool = tool; }', tool)
        editor.drag((150, 150), (250, 200))
        editor.ask('() => editor.fit()')
    for key in ['2', '3', 'Delete', 'Backspace', 'Alt+ArrowLeft', 'Control+z', 'Insert', 'Space', '.']:
        editor.press(key)
    editor.ask('() => editor.remove(0)')
    assert editor.polygons == [[SQUARE]] and not editor.heard('change') and editor.ask('() => editor.tool') == 'select'
    assert editor.page.get_by_role('button').count() == 4


def test_a_length_is_measured_for_the_page(begin):
    editor = begin([SQUARE], zoom=2)
    editor.button('Measure').click()
    editor.click(100, 50)
    editor.click(160, 130)
    assert editor.said == '100 pixels'
    editor.drag((100, 50), (160, 130))
    measured = [each['points'] for each in editor.heard('measure')]
    assert np.allclose(measured, [[[100, 50], [160, 130]]] * 2, atol=.5) and not editor.heard('change')


def test_the_page_gives_the_words(begin):
    words = {'toolbar': 'Outils', 'brush': 'Pinceau', 'selected': 'Lésion {label} choisie ({number} sur {count})'}
    editor = begin([SQUARE], options={'words': words})
    assert editor.page.get_by_role('toolbar', name='Outils').count() == 1 and editor.button('Pinceau').is_visible()
    editor.press('Tab')
    editor.press('n')
    assert editor.said == 'Lésion 1 choisie (1 sur 1)'


def test_outlines_can_be_hidden(begin):
    editor = begin([SQUARE])
    editor.button('Show outlines').click()
    assert not editor.page.locator('.outline-lesion').is_visible() and editor.said == 'Outlines hidden'
    assert editor.button('Show outlines').get_attribute('aria-pressed') == 'false'
    editor.ask('() => editor.select(0)')
    assert editor.page.locator('.outline-lesion').is_visible()


def test_nothing_is_left_of_an_editor_that_was_destroyed(begin):
    editor = begin([SQUARE])
    session = editor.page.context.new_cdp_session(editor.page)
    session.send('Performance.enable')

    def count():
        session.send('HeapProfiler.collectGarbage')
        metrics = {each['name']: each['value'] for each in session.send('Performance.getMetrics')['metrics']}
        return metrics['Nodes'], metrics['JSEventListeners']

    again = """times => { for (let i = 0; i < times; i++) {
        make({ src: '/small.jpg', width: 400, height: 300, lesions: [{ polygons: [[1, 1, 90, 1, 90, 90]] }] });
        editor.tool = 'points'; } editor.destroy(); heard.length = 0; }"""
    editor.ask(again, 2)
    before = count()
    editor.ask(again, 30)
    assert all(later <= earlier + 20 for earlier, later in zip(before, count()))
    assert editor.ask("() => { const place = document.getElementById('place'); "
                      "return [place.childNodes.length, place.className]; }") == [0, '']


# View

def test_zoom_and_pan(begin):
    editor = begin([SQUARE], size=LARGE)
    fitting = editor.view
    pointer = [310, 240]
    below = editor.ask('([x, y]) => new DOMPoint(x, y).matrixTransform('
                       "document.querySelector('image').getScreenCTM().inverse())", pointer)
    editor.page.mouse.move(*pointer)
    editor.page.mouse.wheel(0, -400)
    editor.page.wait_for_timeout(100)
    assert editor.view['zoom'] == pytest.approx(fitting['zoom'] * math.exp(.8))
    assert editor.at(below['x'], below['y']) == pytest.approx(pointer)
    x, y = editor.at(2000, 1500)
    editor.drag_screen((x, y), (x + 30, y - 20))
    assert editor.at(2000, 1500) == pytest.approx([x + 30, y - 20])
    editor.use('brush')
    editor.page.keyboard.down('Space')
    editor.drag_screen((x, y), (x - 10, y))
    editor.page.keyboard.up('Space')
    editor.drag_screen((x, y), (x, y + 20), button='middle')
    assert editor.at(2000, 1500) == pytest.approx([x + 20, y]) and not editor.heard('change')
    editor.use('select')
    editor.press('ArrowRight')
    assert editor.at(2000, 1500) == pytest.approx([x - 30, y])
    editor.press('0')
    assert editor.view == fitting
    editor.press('+')
    assert editor.view['zoom'] == pytest.approx(fitting['zoom'] * 1.25)
    editor.ask('() => editor.zoomTo(0)')
    stage = editor.page.locator('.outline-stage').bounding_box()
    assert editor.at(150, 150) == pytest.approx([stage['x'] + stage['width'] / 2, stage['y'] + stage['height'] / 2])


def test_another_size_of_the_stage_keeps_what_is_in_the_middle(begin):
    editor = begin([SQUARE], zoom=3)
    editor.ask('() => editor.reveal([100, 100])')
    middle = "() => editor.view.toPhotograph(editor.view.size.map((side) => side / 2))"
    before = editor.ask(middle)
    editor.page.set_viewport_size({'width': 600, 'height': 800})
    editor.page.wait_for_timeout(100)
    assert editor.ask(middle) == pytest.approx(before) and editor.view['zoom'] == 3


# By keyboard

def test_a_journey_by_keyboard_alone(begin):
    editor = begin([SQUARE], [circle(320, 220, 30, 5)], zoom=2)
    editor.press('Tab')
    editor.press('Tab')
    assert editor.ask('() => document.activeElement.tagName') == 'svg'
    editor.press('n')
    editor.press('n')
    editor.press('p')
    assert editor.said == 'Lesion 1 selected, 1 of 2'
    editor.press('3')
    assert editor.ask('() => editor.tool') == 'points' and editor.said.startswith('Points')
    editor.press('.')
    editor.press('.')
    editor.press(',')
    editor.press('.')
    assert editor.said == 'Point 2 of 4'
    for key in ['ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowUp', 'ArrowDown']:
        editor.press(key)
    moved = [100, 100, 200.5, 90.5, 200, 200, 100, 200]
    assert editor.polygons[0] == [moved] and editor.said == 'Point moved'
    editor.press('Insert')
    assert editor.polygons[0] == [[100, 100, 200.5, 90.5, 200.25, 145.25, 200, 200, 100, 200]]
    editor.press('Delete')
    assert editor.polygons[0] == [moved] and editor.said == 'Point removed'
    editor.press('Delete')
    assert editor.polygons[0] == [[100, 100, 200.5, 90.5, 100, 200]]
    for _ in range(4):
        editor.press('Control+z')
    assert editor.polygons[0] == [SQUARE] and editor.said == 'Undone'
    assert not editor.ask('() => editor.dirty')  # the nudges of one point were one step
    editor.press('1')
    editor.press('Alt+ArrowLeft')
    editor.press('Alt+Shift+ArrowDown')
    assert editor.polygons[0] == [[99.5, 105, 199.5, 105, 199.5, 205, 99.5, 205]]
    editor.press('Tab')
    assert editor.ask('() => document.activeElement.tagName') != 'svg'  # no trap


def test_a_lesion_is_drawn_painted_and_erased_by_keyboard(begin):
    editor = begin(zoom=1)
    editor.press('Tab')
    editor.press('Tab')
    editor.press('2')
    for keys in [['Space'], ['Shift+ArrowRight'] * 2 + ['Space'], ['Shift+ArrowDown'] * 2 + ['Insert', 'Enter']]:
        for key in keys:
            editor.press(key)
    assert editor.polygons == [[[200, 150, 300, 150, 300, 250]]]
    editor.press('4')
    editor.press(']')
    assert editor.said == 'Size 19'
    editor.press('Space')
    painted = area(editor.polygons[0])
    assert painted > 5000 + 300
    editor.press('5')
    editor.press('ArrowDown')
    editor.press('Space')
    assert area(editor.polygons[0]) < painted - 300
    editor.press('6')
    editor.press('Space')
    editor.press('ArrowLeft')
    editor.press('Space')
    assert len(editor.heard('measure')) == 1
    editor.press('Escape')
    editor.press('Escape')
    assert editor.ask('() => editor.selected') is None


def test_keys_of_a_french_keyboard(begin):
    editor = begin([SQUARE])
    editor.press('Tab')
    for key, code, tool in [('é', 'Digit2', 'draw'), ('(', 'Digit5', 'eraser'), ('-', 'Digit6', 'eraser'),
                            ('&', 'Digit1', 'select')]:
        editor.ask("""([key, code]) => document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key, code, bubbles: true }))""", [key, code])
        assert editor.ask('() => editor.tool') == tool
    editor.ask("""() => document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'à', code: 'Digit0', bubbles: true }))""")
    assert editor.view['zoom'] == editor.ask('() => editor.view.fitting')


def test_the_toolbar_is_one_stop_and_arrows_walk_it(begin):
    editor = begin([SQUARE])
    name = "() => document.activeElement.getAttribute('aria-label')"
    editor.press('Tab')
    assert editor.ask(name) == 'Select'
    editor.press('ArrowRight')
    editor.press('Space')
    assert editor.ask(name) == 'Draw' and editor.ask('() => editor.tool') == 'draw'
    assert editor.button('Draw').get_attribute('aria-pressed') == 'true'
    assert editor.button('Select').get_attribute('aria-pressed') == 'false'
    editor.press('End')
    assert editor.ask(name) == 'Show outlines'
    editor.press('ArrowRight')
    assert editor.ask(name) == 'Select'
    editor.press('ArrowLeft')
    editor.press('Tab')
    editor.press('Shift+Tab')
    assert editor.ask(name) == 'Show outlines'
    sizes = [each.bounding_box() for each in editor.page.get_by_role('button').all()]
    assert len(sizes) == 14 and min(min(each['width'], each['height']) for each in sizes) >= 44


# By touch and pen

class Fingers:
    """Touches as a screen sends them."""

    def __init__(self, editor):
        self.send = editor.page.context.new_cdp_session(editor.page).send

    def touch(self, kind, *points):
        self.send('Input.dispatchTouchEvent', {
            'type': f'touch{kind}', 'touchPoints': [{'x': x, 'y': y, 'id': i} for i, (x, y) in enumerate(points)]})

    def stroke(self, *points):
        self.touch('Start', points[0])
        for point in points[1:]:
            self.touch('Move', point)
        self.touch('End')


def test_touch_draws_and_two_fingers_zoom(begin):
    editor = begin(zoom=1, viewport=(820, 1180), has_touch=True)
    editor.use('draw')
    fingers = Fingers(editor)
    fingers.stroke(*(editor.at(x, y) for x, y in np.reshape(circle(200, 150, 60, 30), (-1, 2))))
    assert area(editor.polygons[0]) == pytest.approx(math.pi * 60 ** 2, rel=.03)
    editor.use('brush')
    x, y = editor.at(200, 150)
    fingers.touch('Start', (x - 50, y))
    fingers.touch('Move', (x - 50, y + 3))
    fingers.touch('Start', (x - 50, y), (x + 50, y))
    for reach in (60, 80, 100):
        fingers.touch('Move', (x - reach, y - 30), (x + reach, y - 30))
    fingers.touch('End', (x - 100, y - 30))
    fingers.touch('Move', (x - 200, y))
    fingers.touch('End')
    assert editor.view['zoom'] == pytest.approx(2, rel=.01) and editor.at(200, 150) == pytest.approx([x, y - 30], abs=1)
    assert len(editor.heard('change')) == 1  # the brush has left nothing
    assert not editor.page.locator('.outline-painted path').last.get_attribute('d')
    fingers.stroke(editor.at(300, 150), editor.at(320, 150), editor.at(340, 150))
    assert len(editor.heard('change')) == 2
    assert area(editor.polygons[1]) == pytest.approx(40 * 16 + math.pi * 8 ** 2, rel=.03)


def test_touch_taps_and_long_presses_points(begin):
    editor = begin([SQUARE], zoom=1, has_touch=True)
    editor.use('points', 0)
    fingers = Fingers(editor)
    x, y = editor.at(200, 200)
    fingers.stroke((x + 15, y + 5), (x + 25, y + 5), (x + 35, y + 25))
    assert editor.polygons[0][0][4:6] == [pytest.approx(220, abs=.5), pytest.approx(220, abs=.5)]
    fingers.touch('Start', (x + 20, y + 20))
    editor.page.wait_for_timeout(900)
    fingers.touch('End')
    assert editor.polygons == [[[100, 100, 200, 100, 100, 200]]]


def test_a_hand_on_the_glass_does_not_disturb_the_pen(begin):
    editor = begin(zoom=1, has_touch=True)
    editor.use('brush')
    x, y = editor.at(200, 150)
    Fingers(editor).touch('Start', (x + 150, y + 100))
    pen = editor.page.context.new_cdp_session(editor.page)
    for kind, by in ('mousePressed', 0), ('mouseMoved', 20), ('mouseMoved', 40), ('mouseReleased', 40):
        pen.send('Input.dispatchMouseEvent', {'type': kind, 'x': x + by, 'y': y, 'button': 'left', 'buttons': 1,
                                              'clickCount': 1, 'pointerType': 'pen'})
    assert area(editor.polygons[0]) == pytest.approx(40 * 32 + math.pi * 16 ** 2, rel=.03)


# What holds of the files

def test_nothing_moves_by_itself_and_nothing_is_fetched():
    for path in (EDITOR / 'editor').rglob('*.*'):
        text = path.read_text(encoding='utf-8')
        assert not any(word in text for word in ('transition', 'animat', 'innerHTML', 'eval(', 'fetch(', "'style'"))
        assert 'http' not in text.replace('http://www.w3.org/2000/svg', '')
        assert max(map(len, text.splitlines())) <= 120, path


def test_every_word_that_is_said_is_in_words():
    import re
    text = '\n'.join(path.read_text(encoding='utf-8') for path in (EDITOR / 'editor').rglob('*.js'))
    words = (EDITOR / 'editor' / 'words.js').read_text(encoding='utf-8')
    names = set(re.findall(r"say\((?:\w+ \? )?'(\w+)'", text)) | set(re.findall(r"name: '(\w+)'", text))
    assert names and all(re.search(rf'\b{name}:', words) for name in names)
