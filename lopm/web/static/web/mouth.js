/** The map of the mouth: a tap on a site chooses it in the list of sites, and the list shows on the map. */
export function map(drawing, list) {
  const shown = () => {
    for (const each of drawing.querySelectorAll('.site')) {
      each.setAttribute('aria-pressed', String(each.dataset.site === list.value));
    }
  };
  const choose = event => {
    const site = event.target.closest('.site')?.dataset.site;
    if (!site || event.key && !['Enter', ' '].includes(event.key)) return;
    event.preventDefault();
    list.value = list.value === site ? '' : site;
    list.dispatchEvent(new Event('change', { bubbles: true }));
  };
  drawing.addEventListener('click', choose);
  drawing.addEventListener('keydown', choose);
  list.addEventListener('change', shown);
  shown();
}
