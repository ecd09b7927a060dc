import{a}from"./part-Y5MXXPGJ.js";import"./part-ZHAH4V3U.js";import"./part-X36R2MNS.js";import"./part-X2IEPP44.js";export{a as initialize};
