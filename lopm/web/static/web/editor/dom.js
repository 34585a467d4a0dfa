const SVG = 'http://www.w3.org/2000/svg';

/** Set an attribute where it is another: setting it anew would have all of the photograph painted again. */
export const put = (node, name, value) => node.getAttribute(name) === `${value}` || node.setAttribute(name, value);

const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

export const element = (name, attributes, ...children) => build(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) => build(document.createElementNS(SVG, name), attributes, children);
